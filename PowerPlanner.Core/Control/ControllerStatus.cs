using System.Collections.Immutable;
using PowerPlanner.Performance;
using PowerPlanner.Planning;

namespace PowerPlanner.Control;

/// <summary>What a controller thinks, wants and has done, after its last tick. Immutable; each tick makes a new one.</summary>
public sealed record ControllerStatus
{
    /// <summary>When this was, by the controller's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Where the loop stands.</summary>
    public required ControllerState State { get; init; }

    /// <summary>Whether the optimizer is off, for good or until it tries again.</summary>
    public bool IsDisabled => State is ControllerState.Disabled or ControllerState.Degraded;

    /// <summary>Why the optimizer is off.</summary>
    public DisabledReason DisabledReason { get; init; }

    /// <summary>Why the last sweep gave no plan that meets everything; null where it did.</summary>
    public InfeasibleReason? Reason { get; init; }

    /// <summary>The binding number in words, or the failure's message; null where the last sweep gave a plan.</summary>
    public string? Detail { get; init; }

    /// <summary>The smallest budget that would do, W; null where watts are not what is missing.</summary>
    public long? MinimumBudgetWatts { get; init; }

    /// <summary>The fewest GPUs that would do; null where GPUs are not what is missing.</summary>
    public long? MinimumGpus { get; init; }

    /// <summary>The coefficients.</summary>
    public required Corrections Corrections { get; init; }

    /// <summary>Ticks in a row on which a trigger was seen, after this tick.</summary>
    public int ViolationTicks { get; init; }

    /// <summary>Whether this tick's triggers called for a sweep.</summary>
    public bool ShouldReoptimize { get; init; }

    /// <summary>Whether the model was asked.</summary>
    public bool Swept { get; init; }

    /// <summary>Sweeps in a row that failed.</summary>
    public int ConsecutiveFailures { get; init; }

    /// <summary>The plan that the controller holds or moves to; null before there was one.</summary>
    public PowerPlan? Plan { get; init; }

    /// <summary>Whether the plan misses a latency target by what has been learnt, because no plan met them all.</summary>
    public bool IsBestEffort { get; init; }

    /// <summary>Tokens/s that the plan can serve; 0 without one. Load above it by more than the threshold is drift.</summary>
    public double EstimatedTokensPerSecond { get; init; }

    /// <summary>What is in effect.</summary>
    public AppliedState Applied { get; init; }

    /// <summary>What this tick sent, in order.</summary>
    public ImmutableArray<CommandResult> Commands { get; init; } = [];

    /// <summary>
    /// Whether every role has been read at least once since the start. Before that nothing is commanded, and <see cref="LedgerWatts"/> is what an
    /// earlier process knew, or 0: nothing that may be taken for a confirmed fall.
    /// </summary>
    public bool IsFleetKnown { get; init; }

    /// <summary>Ticks in a row, the last one included, on which a role could not be read: nothing can rise on them. 0 = all were read.</summary>
    public int UnreadTicks { get; init; }

    /// <summary>The budget, W; null = unbounded.</summary>
    public long? BudgetWatts { get; init; }

    /// <summary>Charged draw: every replica that exists or may come to exist, at the highest cap that may be in force, W.</summary>
    public long LedgerWatts { get; init; }

    /// <summary>The highest charged draw during this tick, before and after every single command, W.</summary>
    public long PeakLedgerWatts { get; init; }

    /// <summary>Measured draw of all GPUs, W; null where it is not known.</summary>
    public double? MeasuredWatts { get; init; }

    /// <summary>Whether the measured draw is above the budget by more than the power-limited band: a draw equal to it is no excess.</summary>
    public bool IsMeasuredOverBudget { get; init; }

    /// <summary>Whether the charged or the measured draw is above the budget.</summary>
    public bool IsOverBudget => LedgerWatts > BudgetWatts || IsMeasuredOverBudget;

    /// <summary>Whether prefill draws as much as its cap allows, so that more demand would not show.</summary>
    public bool IsPrefillPowerLimited { get; init; }

    /// <summary>Whether decode, or the aggregated engines, draw as much as their cap allows.</summary>
    public bool IsDecodePowerLimited { get; init; }

    /// <summary>Whether prefill GPUs draw more than their cap: it is not enforced.</summary>
    public bool IsPrefillCapNotEnforced { get; init; }

    /// <summary>Whether decode GPUs, or aggregated engines, draw more than their cap.</summary>
    public bool IsDecodeCapNotEnforced { get; init; }

    /// <summary>
    /// An absolute prefill threshold of an earlier plan that frontends still have, because no worker reports its <c>max_num_batched_tokens</c>
    /// now; null where there is none. The frontends' interface cannot clear it.
    /// </summary>
    public long? StalePrefillTokensThreshold { get; init; }

    /// <summary>Frontends that have not acknowledged the present thresholds.</summary>
    public int UnacknowledgedFrontends { get; init; }

    /// <summary>What has happened so far.</summary>
    public ControllerCounters Counters { get; init; }
}
