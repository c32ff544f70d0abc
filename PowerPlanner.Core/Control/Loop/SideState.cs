using PowerPlanner.Feedback;
using PowerPlanner.Power;

namespace PowerPlanner.Control.Loop;

/// <summary>All that the loop remembers of one role besides its ledger. An immutable value.</summary>
internal readonly record struct SideState
{
    /// <summary>When the role's cap or replicas changed last: windows across it teach nothing.</summary>
    public SideChanges Changes { get; init; }

    /// <summary>Whether the role's cap is being tried upward.</summary>
    public CapProbe Probe { get; init; }

    /// <summary>Whether the role's caps bind, by what meters say.</summary>
    public CapEnforcement Enforcement { get; init; }

    /// <summary>Since when nothing has been read that could show that its caps bind, though they seemed not to: it has no replica, or its meter died; null = something has been read, or they bind.</summary>
    public TimeSpan? EmptySince { get; init; }

    /// <summary>The range of caps that the last plan knew.</summary>
    public GpuPowerLimits? PlannedLimits { get; init; }

    /// <summary>Where the hardware's range moved the planned cap; one event for each change.</summary>
    public LimitDirection ClampedDirection { get; init; }

    /// <summary>To which value it did, W; 0 = it did not.</summary>
    public int ClampedCapWatts { get; init; }

    /// <summary>Whether the plan's cap is what the bridge gives: nothing below it was chosen on purpose.</summary>
    public bool IsPlannedUncapped { get; init; }

    /// <summary>Notes whatever differs between two states as a change at <paramref name="at"/>.</summary>
    public SideState Noting(RoleState? before, RoleState after, TimeSpan at) =>
        before is not null && (before.Ready != after.Ready || before.EffectiveCapWatts != after.EffectiveCapWatts)
            ? this with { Changes = Changes.Add(at) }
            : this;
}
