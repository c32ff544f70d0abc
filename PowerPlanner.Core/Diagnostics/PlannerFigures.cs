using PowerPlanner.Performance;

namespace PowerPlanner.Diagnostics;

/// <summary>What the gauges of a deployment show: one coherent set, replaced after each tick. An absent value (null) has no series, since it is not zero.</summary>
internal readonly record struct PlannerFigures
{
    /// <summary>Nothing known: before the first tick.</summary>
    public PlannerFigures()
    {
    }

    /// <summary>The budget, W; null = unbounded.</summary>
    public double? BudgetWatts { get; init; }

    /// <summary>Ready replicas · (cap + non-GPU watts) · GPUs, W.</summary>
    public double? ProjectedWatts { get; init; }

    /// <summary>The coefficients.</summary>
    public Corrections Corrections { get; init; } = Corrections.None;

    /// <summary>Sweeps in a row that failed.</summary>
    public int ConsecutiveFailures { get; init; }

    /// <summary>Where the loop stands: one of the names that the deployment was announced with; null before the first tick.</summary>
    public string? State { get; init; }

    /// <summary>Why the optimizer is off: one of the names that the deployment was announced with; null = it is on.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>Busy thresholds that the plan implies, before mode and safety margin.</summary>
    public double? ImpliedThetaDecode { get; init; }

    /// <summary>The same for prefill, as a fraction.</summary>
    public double? ImpliedThetaPrefillFraction { get; init; }

    /// <summary>Busy thresholds that every frontend has acknowledged.</summary>
    public double? SetThetaDecode { get; init; }

    /// <summary>The same for prefill, as a fraction.</summary>
    public double? SetThetaPrefillFraction { get; init; }

    /// <summary>The same for prefill, tokens.</summary>
    public double? SetPrefillTokens { get; init; }

    /// <summary>Highest charged draw during the tick, before and after every command, W.</summary>
    public double? PlanPeakWatts { get; init; }

    /// <summary>Charged draw, W.</summary>
    public double? LedgerWatts { get; init; }

    /// <summary>Measured draw of all GPU boards, W.</summary>
    public double? MeasuredWatts { get; init; }

    /// <summary>Revision of the newest command: what an agent applied under a lower one is older.</summary>
    public long? CapGeneration { get; init; }

    /// <summary>Frontends that have not acknowledged the present thresholds.</summary>
    public int UnacknowledgedFrontends { get; init; }

    /// <summary>Whether prefill draws what its cap allows; not shown in aggregated mode.</summary>
    public bool IsPrefillPowerLimited { get; init; }

    /// <summary>Whether decode, or the aggregated engines, draw what their cap allows.</summary>
    public bool IsDecodePowerLimited { get; init; }

    /// <summary>Whether prefill draws more than its cap; not shown in aggregated mode.</summary>
    public bool IsPrefillCapNotEnforced { get; init; }

    /// <summary>Whether decode, or the aggregated engines, draw more than their cap.</summary>
    public bool IsDecodeCapNotEnforced { get; init; }
}
