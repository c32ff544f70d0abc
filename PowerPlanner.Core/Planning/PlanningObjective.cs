namespace PowerPlanner.Planning;

/// <summary>What the best plan is.</summary>
public enum PlanningObjective
{
    /// <summary>Most requests/s within the budgets. The default.</summary>
    Throughput,

    /// <summary>Most requests/s per watt, then most requests/s.</summary>
    Efficiency,

    /// <summary>Fewest watts that serve <see cref="PlanningProblem.TargetRequestsPerSecond"/>.</summary>
    LeastPower,
}
