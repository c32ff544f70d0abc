namespace PowerPlanner.Planning.Search;

/// <summary>What one search is for: the problem's rules with the limits and corrections of the moment. Null budgets are the largest number that fits.</summary>
internal readonly record struct SearchTerms
{
    /// <summary>No watt budget. One below the number at which sums of watts stop, so that what 64 bits do not hold fits no budget.</summary>
    public const long UnboundedWatts = long.MaxValue - 1;

    public required PlanningObjective Objective { get; init; }

    /// <summary>Watts; <see cref="UnboundedWatts"/> = unbounded.</summary>
    public required long BudgetWatts { get; init; }

    /// <summary>GPUs; <see cref="long.MaxValue"/> = no ceiling.</summary>
    public required long GpuBudget { get; init; }

    /// <summary>Least watts that one prefill GPU is charged, whatever its cap; 0 = none.</summary>
    public required int PrefillChargeFloorWatts { get; init; }

    /// <summary>Least watts that one GPU of a decode or aggregated engine is charged, whatever its cap; 0 = none.</summary>
    public required int DecodeChargeFloorWatts { get; init; }

    public required int MaxReplicas { get; init; }

    /// <summary>Demand, requests/s; positive infinity = unbounded.</summary>
    public required double Demand { get; init; }

    /// <summary>The longest uncorrected TTFT that meets the target, ms.</summary>
    public required double TtftLimitMs { get; init; }

    /// <summary>The longest uncorrected ITL that meets the target, ms.</summary>
    public required double ItlLimitMs { get; init; }
}
