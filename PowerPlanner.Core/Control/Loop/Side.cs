using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Power;

namespace PowerPlanner.Control.Loop;

/// <summary>All that the loop remembers of one role. Not thread-safe.</summary>
internal sealed class Side(RoleLedger ledger)
{
    public RoleLedger Ledger { get; } = ledger;

    public FleetRole Role => Ledger.Role;

    /// <summary>When the role's cap or replicas changed last: windows across it teach nothing.</summary>
    public SideChanges Changes { get; set; }

    /// <summary>Whether the role's cap is being tried upward.</summary>
    public CapProbe Probe { get; set; }

    /// <summary>Whether the last reading was held by the cap.</summary>
    public bool IsPowerLimited { get; set; }

    /// <summary>Whether the draw was above the cap, and nothing since has shown that the cap binds.</summary>
    public bool IsCapNotEnforced { get; set; }

    /// <summary>Since when the role has had no replica while the flag stood; null = it has some, or the flag does not stand.</summary>
    public TimeSpan? EmptySince { get; set; }

    /// <summary>The range of caps that the last plan knew.</summary>
    public GpuPowerLimits? PlannedLimits { get; set; }

    /// <summary>Where the hardware's range moved the planned cap, and to which value: one event for each change.</summary>
    public (LimitDirection Direction, int CapWatts) Clamped { get; set; }

    /// <summary>Whether the plan's cap is what the bridge gives: nothing below it was chosen on purpose.</summary>
    public bool IsPlannedUncapped { get; set; }

    /// <summary>The cap before the one on trial, to return to where the raise cannot be written; 0 = none.</summary>
    public int FormerCapWatts { get; set; }

    /// <summary>Frontends' <c>max_num_batched_tokens</c> as last reported; null = unknown.</summary>
    public SideReading Reading { get; set; }

    /// <summary>Since when a cap that was asked for is not in force; null = it is.</summary>
    public TimeSpan? CapOverdueSince { get; set; }

    /// <summary>Notes whatever differs between two states as a change at <paramref name="at"/>.</summary>
    public void NoteChange(RoleState? before, RoleState after, TimeSpan at)
    {
        if (before is not null
            && (before.Ready != after.Ready || before.EffectiveCapWatts != after.EffectiveCapWatts))
        {
            Changes = Changes.Add(at);
        }
    }
}
