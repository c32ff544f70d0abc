using PowerPlanner.Control.Sweeps;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Planning;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopCore
{
    /// <summary>Intervals after which a plan that is not what it should be is looked at again, whatever nobody noticed.</summary>
    private const int IntervalsToAnotherLook = NoBetterPlanBackoff.MostIntervals;

    /// <summary>
    /// Share by which coefficients have to ease, beyond those that the last sweep knew, before it pays to look for a plan that they stood in the way
    /// of. Several times what noise of 2 % makes of a smoothed coefficient.
    /// </summary>
    private const double Easing = 0.05;

    /// <summary>The same where nothing meets everything: then the least relief may be enough.</summary>
    private const double LeastEasing = 0.001;

    private bool IsSweepDue(ref LoopState state)
    {
        switch (state.Tick.Kind)
        {
            case TickKind.Start when state.IsInherited:
                // What was changed since the snapshot is planned for on the first tick.
                state = state with { Watch = state.Watch with { IsSweepOwed = true } };
                return false;
            case TickKind.Start:
                Owe(ref state);
                return true;
            case TickKind.Replan:
                Owe(ref state);
                return !state.IsDisabled;
            default:
                var isDue = IsTickDue(ref state);
                if (isDue)
                {
                    state = state with { Tick = state.Tick with { ShouldReoptimize = true } };
                    Owe(ref state);
                }

                return isDue;
        }
    }

    private static void Owe(ref LoopState state) =>
        state = state.Tick.IsUrgent ? state with { Watch = state.Watch with { IsSweepOwed = true } } : state;

    private bool IsTickDue(ref LoopState state)
    {
        var (now, watch) = (state.Now, state.Watch);
        var isConverging = watch.TransitionSince is { } since && now - since <= _options.ConvergenceTimeout;
        if (state.IsDisabled)
        {
            if (_options.HalfOpenAfter is { } wait && now - watch.DisabledAt >= wait)
            {
                _report.HalfOpenProbe(now - watch.DisabledAt!.Value);
                return true;
            }

            return false;
        }

        var decision = default(DriftDecision);
        if (state.Tick.IsInOrder)
        {
            var facts = state.Facts;

            // A draw equal to the budget is no excess: meters tremble.
            var budget = state.Fleet.BudgetWatts * (1 + _options.PowerLimitedBand);
            var judgement = Sample(state).Judge(new DriftReference(facts.TtftTargetMs, facts.ItlTargetMs, state.Course.EstimatedTokensPerSecond, budget), _options.DriftRelativeThreshold);
            var noBetter = watch.NoBetterPlan.After(now, judgement, state.Course.Revision);
            var isHeld = IsRateLimited(state) | noBetter.Holds(now, judgement.Violated);
            decision = DriftDetector.Advance(watch.Drift, judgement, now, isHeld, isConverging, _feedback);
            watch = watch with { NoBetterPlan = noBetter, Drift = decision.State };
            state = state with { Watch = watch, Tick = state.Tick with { Judgement = judgement } };
        }

        if (decision.IsUrgent)
        {
            _report.DriftDetected(watch.Drift.Excess.Ticks, decision.Due);
            return true;
        }

        if (state.Tick.IsUrgent)
        {
            return true;
        }

        if (!watch.FailureBackoff.Allows(now))
        {
            return false;
        }

        if (watch.IsSweepOwed || IsEmptyLongEnough(ref state))
        {
            return true;
        }

        if (!state.Course.IsInfeasible && decision.IsDue)
        {
            _report.DriftDetected(watch.Drift.Violations.Ticks, decision.Due);
            return true;
        }

        return !isConverging && !IsRateLimited(state) && PaysToLookAgain(state);
    }

    private TimeSpan Interval => _options.ReoptimizeInterval > _options.Tick ? _options.ReoptimizeInterval : _options.Tick;

    private bool IsRateLimited(in LoopState state) => DriftDetector.IsRateLimited(state.Now, state.Watch.LastSuccess, _options.ReoptimizeInterval);

    /// <summary>
    /// Whether something stands in the way of the best plan that may be over: no such state lasts for ever, whether anybody notices its end or not.
    /// </summary>
    private bool PaysToLookAgain(in LoopState state)
    {
        var course = state.Course;
        if (course.IsClamped || (course.IsBestEffort && !MissesTargets(state)) || (course.IsMoveLater && MayMove(state)))
        {
            return true;
        }

        var (then, now) = (course.PlannedWith, state.Learnt.Corrections.Values);
        if (!course.IsInfeasible && !course.IsBestEffort)
        {
            return HasEased(then.Ttft, now.Ttft, Easing) || HasEased(then.Itl, now.Itl, Easing);
        }

        return course.PlannedUnder != Limits(state)
            || HasEased(then.Ttft, now.Ttft, LeastEasing)
            || HasEased(then.Itl, now.Itl, LeastEasing)
            || HasEased(then.PowerPrefill, now.PowerPrefill, LeastEasing)
            || HasEased(then.PowerDecode, now.PowerDecode, LeastEasing)
            || HasEased(then.PowerAggregated, now.PowerAggregated, LeastEasing)
            || state.Now - state.Watch.LastSuccess >= Interval * IntervalsToAnotherLook;
    }

    private static bool HasEased(double then, double now, double share) => Math.Max(1, then) > Math.Max(1, now) * (1 + share);

    /// <summary>Where nothing runs nothing can be learnt: after an interval the coefficients start again, and a sweep follows.</summary>
    private bool IsEmptyLongEnough(ref LoopState state)
    {
        if (!state.Course.IsInfeasible || state.Fleet.ChargedWatts > 0)
        {
            state = state.Learnt.EmptySince is null ? state : state with { Learnt = state.Learnt with { EmptySince = null } };
            return false;
        }

        var since = state.Learnt.EmptySince ?? state.Now;
        var reset = CorrectionState.Start(_options.InitialCorrections);
        var isDue = state.Now - since >= _options.ReoptimizeInterval && reset.Values != state.Learnt.Corrections.Values;
        state = state with { Learnt = isDue ? state.Learnt with { Corrections = reset, EmptySince = state.Now } : state.Learnt with { EmptySince = since } };
        return isDue;
    }

    private static bool MeetsTargets(in LoopState state, double band = 1) =>
        state.Course.Answer is { } answer
        && !Exceeds(answer.TtftMs * Math.Max(1, state.Learnt.Corrections.Ttft.Value), state.Facts.TtftTargetMs * band)
        && !Exceeds(answer.ItlMs * Math.Max(1, state.Learnt.Corrections.Itl.Value), state.Facts.ItlTargetMs * band);

    /// <summary>Whether the plan is one that misses a target, and still does by what was learnt since.</summary>
    private static bool MissesTargets(in LoopState state) => state.Course.IsBestEffort && !MeetsTargets(state);

    private static SweepQuestion Question(in LoopState state) =>
        new(Limits(state), state.Learnt.Corrections, state.Course.Plan, state.Course.Answer, state.Course.PlanLimits);

    private static PlanningLimits Limits(in LoopState state)
    {
        var last = state.Fleet[state.Fleet.Count - 1];
        return new PlanningLimits
        {
            BudgetWatts = state.Fleet.BudgetWatts,
            GpuBudget = state.Facts.GpuBudget,
            PrefillCapLimits = state.IsAggregated ? null : state.Fleet.First.CapLimits,
            DecodeCapLimits = last.CapLimits,
            PrefillChargeFloorWatts = state.IsAggregated ? null : Floor(state.Fleet.First),
            DecodeChargeFloorWatts = Floor(last),
        };
    }

    private static int? Floor(in RoleLedger role) => role.ChargeFloorWatts > 0 ? role.ChargeFloorWatts : null;
}
