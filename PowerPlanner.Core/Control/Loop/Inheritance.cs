using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

/// <summary>What a new process makes of the state that an earlier one has left.</summary>
internal static class Inheritance
{
    /// <summary>The state on another clock, with nothing seen or owned yet, facing the problem of now.</summary>
    /// <param name="memory">The snapshot's state.</param>
    /// <param name="fresh">The state that the new process would begin with. Where its problem differs from the snapshot's, it is planned for at the first tick.</param>
    /// <param name="now">The new process's clock.</param>
    /// <param name="time">The wall clock.</param>
    public static LoopState Of(in LoopState memory, in LoopState fresh, TimeSpan now, DateTimeOffset time)
    {
        var facts = fresh.Facts;

        // Instants of the old clock, moved so that what was s seconds ago then is that and the time between ago now.
        var away = time - memory.Taken;
        var shift = (now - (away > TimeSpan.Zero ? away : TimeSpan.Zero)).Shifted(-memory.Now);
        var fleet = memory.Fleet with
        {
            First = Inherited(memory.Fleet.First, fresh.Fleet.First, shift),
            Second = Inherited(memory.Fleet.Second, fresh.Fleet.Second, shift),
        };
        var state = memory with
        {
            Now = now,
            Taken = time,
            IsInherited = memory.IsStarted,
            Learnt = Shifted(memory.Learnt, shift),
            First = Shifted(memory.First, shift),
            Second = Shifted(memory.Second, shift),
            Watch = Shifted(memory.Watch, shift),
            Course = memory.Course with { LastMove = memory.Course.LastMove.Shifted(shift) },
            Fleet = fleet,
            Desk = memory.Desk with { LastSent = memory.Desk.Generation },
            Tick = default,
        };
        if (facts == memory.Facts)
        {
            return state;
        }

        // A budget that was changed in the configuration, and by nobody else, is the new one.
        var isConfigured = memory.Fleet.BudgetWatts == memory.Facts.ConfiguredBudgetWatts;
        var budget = isConfigured ? facts.ConfiguredBudgetWatts : memory.Fleet.BudgetWatts;
        state = LoopCore.Facing(state, facts);
        return state with { Fleet = state.Fleet with { BudgetWatts = budget }, Course = state.Course.Revised() };
    }

    private static RoleLedger Inherited(in RoleLedger role, in RoleLedger fresh, TimeSpan shift) => role.Inherited(shift) with
    {
        PlannedGpusPerReplica = fresh.PlannedGpusPerReplica,
        UnknownCapWatts = fresh.UnknownCapWatts,
        CapLimits = fresh.CapLimits ?? role.CapLimits,
    };

    private static Learnt Shifted(in Learnt learnt, TimeSpan shift) => learnt with
    {
        Corrections = learnt.Corrections.Shifted(shift),
        Clock = new ObservationClock(learnt.Clock.LastInstant.Shifted(shift), learnt.Clock.LastWindowEnd.Shifted(shift)),
        LastRead = learnt.LastRead.Shifted(shift),
        EmptySince = learnt.EmptySince.Shifted(shift),
        UnreadTicks = 0,
    };

    // A cap on trial is not what the side is to have: the trial ends with the process that began it.
    private static SideState Shifted(in SideState side, TimeSpan shift) => side with
    {
        Changes = default,
        Probe = default,
        EmptySince = side.EmptySince.Shifted(shift),
    };

    private static Watch Shifted(in Watch watch, TimeSpan shift) => watch with
    {
        Drift = watch.Drift with { LastInstant = watch.Drift.LastInstant.Shifted(shift) },
        FailureBackoff = watch.FailureBackoff with { RetryAt = watch.FailureBackoff.RetryAt.Shifted(shift) },
        NoBetterPlan = watch.NoBetterPlan with { Causes = [.. watch.NoBetterPlan.Causes.Select(cause => cause with { HeldUntil = cause.HeldUntil.Shifted(shift) })] },
        LastSuccess = watch.LastSuccess.Shifted(shift),
        DisabledAt = watch.DisabledAt.Shifted(shift),
        TransitionSince = watch.TransitionSince.Shifted(shift),
    };

    private static CorrectionState Shifted(this in CorrectionState state, TimeSpan shift) => new(
        Shifted(state.Ttft, shift),
        Shifted(state.Itl, shift),
        Shifted(state.PowerPrefill, shift),
        Shifted(state.PowerDecode, shift),
        Shifted(state.PowerAggregated, shift));

    private static CoefficientState Shifted(in CoefficientState state, TimeSpan shift) => state with { PeggedSince = state.PeggedSince.Shifted(shift) };
}
