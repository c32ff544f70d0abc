using PowerPlanner.Power;

namespace PowerPlanner.Planning;

/// <summary>What may change between two plans of the same deployment besides the corrections. The default limits nothing.</summary>
public readonly record struct PlanningLimits
{
    /// <summary>Budget, W, for all replicas of both roles; at least 0, null = unbounded. A budget too small for the minima is infeasible, not invalid.</summary>
    public long? BudgetWatts { get; init; }

    /// <summary>GPUs that both roles may use together; at least 0, null = no ceiling.</summary>
    public long? GpuBudget { get; init; }

    /// <summary>Caps that the GPUs of prefill engines accept; null = unknown: no clamp, and a cap may exceed the nameplate power. Not used in aggregated mode.</summary>
    public GpuPowerLimits? PrefillCapLimits { get; init; }

    /// <summary>Caps that the GPUs of decode engines, or of aggregated engines, accept; null = unknown.</summary>
    public GpuPowerLimits? DecodeCapLimits { get; init; }
}
