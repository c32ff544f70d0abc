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

    /// <summary>
    /// Least watts that budgets charge for each GPU of a prefill engine, W; 1 to 1,000,000,000, null = none. For the time in which GPUs are
    /// seen to draw more than their cap: budgets then charge <c>max(cap, floor)</c>, and the plan's cap stays what it is. Not used in
    /// aggregated mode.
    /// </summary>
    public int? PrefillChargeFloorWatts { get; init; }

    /// <summary>Least watts that budgets charge for each GPU of a decode engine, or of an aggregated engine, W; 1 to 1,000,000,000, null = none.</summary>
    public int? DecodeChargeFloorWatts { get; init; }
}
