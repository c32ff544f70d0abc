using PowerPlanner.Planning;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopCore
{
    /// <summary>What a state says to the outside.</summary>
    public ControllerStatus Status(in LoopState state)
    {
        var last = state.Fleet.Count - 1;
        var (course, watch) = (state.Course, state.Watch);
        var charged = state.Fleet.ChargedWatts;
        return new ControllerStatus
        {
            Time = state.Taken,
            State = State(state),
            DisabledReason = watch.DisabledReason,
            Reason = course.Infeasibility?.Reason ?? (course.Failure is null ? null : InfeasibleReason.ModelFailed),
            Detail = course.Failure ?? course.Infeasibility?.Detail,
            MinimumBudgetWatts = course.Infeasibility?.MinimumBudgetWatts,
            MinimumGpus = course.Infeasibility?.MinimumGpus,
            Corrections = state.Learnt.Corrections.Values,
            ViolationTicks = watch.Drift.Violations.Ticks,
            ShouldReoptimize = state.Tick.ShouldReoptimize,
            Swept = state.Tick.Swept,
            ConsecutiveFailures = watch.FailureBackoff.Failures,
            Plan = course.Plan,
            IsBestEffort = MissesTargets(state),
            EstimatedTokensPerSecond = course.EstimatedTokensPerSecond,
            Applied = new AppliedState(
                state.IsAggregated ? 0 : state.Fleet.First.Live,
                state.Fleet[last].Live,
                AppliedCap(state, 0),
                AppliedCap(state, last),
                state.Desk.Acknowledged),
            Commands = state.Tick.Results,
            IsFleetKnown = state.Fleet.IsKnown,
            UnreadTicks = state.Learnt.UnreadTicks,
            BudgetWatts = state.Fleet.BudgetWatts,
            LedgerWatts = charged,
            PeakLedgerWatts = Math.Max(state.Fleet.PeakWatts, charged),
            MeasuredWatts = state.Tick.Reading.TotalWatts,
            IsMeasuredOverBudget = state.Tick.Reading.TotalWatts > state.Fleet.BudgetWatts * (1 + _options.PowerLimitedBand),
            IsPrefillPowerLimited = !state.IsAggregated && state.First.Enforcement.IsPowerLimited,
            IsDecodePowerLimited = state.Side(last).Enforcement.IsPowerLimited,
            IsPrefillCapNotEnforced = !state.IsAggregated && state.First.Enforcement.IsNotEnforced,
            IsDecodeCapNotEnforced = state.Side(last).Enforcement.IsNotEnforced,
            StalePrefillTokensThreshold = state.Desk.StalePrefillTokens,
            UnacknowledgedFrontends = state.Desk.Unacknowledged,
            Counters = state.Counters,
        };
    }

    private static int AppliedCap(in LoopState state, int index) =>
        state.Fleet[index].State?.EffectiveCapWatts ?? state.Wanted[index].CapWatts ?? state.Fleet[index].EffectiveCapWatts;

    private ControllerState State(in LoopState state)
    {
        if (!state.IsStarted)
        {
            return ControllerState.Cold;
        }

        if (state.IsDisabled)
        {
            return _options.HalfOpenAfter is null ? ControllerState.Disabled : ControllerState.Degraded;
        }

        return state.Course.IsInfeasible ? ControllerState.Infeasible
            : state.Watch.FailureBackoff.Failures > 0 ? ControllerState.Failing
            : state.Watch.TransitionSince is not null ? ControllerState.Converging
            : MissesTargets(state) ? ControllerState.BestEffort
            : state.Watch.Drift.Violations.Ticks > 0 ? ControllerState.Suspect
            : IsRateLimited(state) ? ControllerState.RateLimited
            : ControllerState.Watching;
    }
}
