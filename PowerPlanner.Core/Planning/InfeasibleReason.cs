namespace PowerPlanner.Planning;

/// <summary>Why there is no plan, in the order in which reasons are looked for: the first that applies is given.</summary>
public enum InfeasibleReason
{
    /// <summary>The performance model threw, answered nonsense, or has no data at the operating point.</summary>
    ModelFailed,

    /// <summary>The KV cache does not hold a single sequence.</summary>
    KvInfeasible,

    /// <summary>No operating point meets the latency targets.</summary>
    SlaInfeasible,

    /// <summary>The fewest replicas allowed need more GPUs than the ceiling.</summary>
    GpuBudgetInfeasible,

    /// <summary>The fewest replicas allowed draw more watts than the budget.</summary>
    PowerBudgetInfeasible,

    /// <summary><see cref="PlanningObjective.LeastPower"/> cannot reach the demand within budgets and replica limits.</summary>
    TargetInfeasible,
}
