using PowerPlanner.Control.Sweeps;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopCore
{
    /// <summary>Share by which a plan that was seen before must be better before the fleet goes back to it: it was left for a reason.</summary>
    private const double ComebackGain = 0.05;

    /// <summary>Plans that may replace one another for the smallest gain before the fleet has to wait between them.</summary>
    private const int FreeMoves = 1;

    /// <summary>More moves than these are not counted: they make no wait longer.</summary>
    private const int MostMoves = FreeMoves + 2;

    /// <summary>The longest that it has to wait, in intervals.</summary>
    private const int MostIntervalsBetweenMoves = 256;

    /// <summary>The same where there is much to gain.</summary>
    private const int MostIntervalsToLargeGain = NoBetterPlanBackoff.MostIntervals;

    /// <summary>What counts as much: a fleet that serves less than four fifths of what it could is held back too far to wait for hours.</summary>
    private const double LargeGain = 0.25;

    /// <summary>Intervals without a move after which the next is the first again.</summary>
    private const int IntervalsOfRest = 2 * MostIntervalsBetweenMoves;

    /// <summary>Share by which a plan must be better in watts that is always worth moving for, however large the threshold of cap drift is.</summary>
    private const double MostWorthwhile = 0.10;

    /// <summary>How far over a target a plan may be and still be kept in any case: a smoothed coefficient trembles by as much.</summary>
    private const double LeastMiss = 1.01;

    /// <summary>The same while nothing meets it, or the fleet has moved so often that it has to rest: several times what noise of 2 % makes of a smoothed coefficient.</summary>
    private const double NearMiss = 1.05;

    /// <summary>What a sweep's answer means.</summary>
    private void Settle(ref LoopState state, SweepAnswer sweep)
    {
        state = state with { Tick = state.Tick with { Swept = true } };
        for (var i = 0; i < state.Fleet.Count; i++)
        {
            state = state.WithSide(i, state.Side(i) with { PlannedLimits = state.Fleet[i].CapLimits });
        }

        if (!sweep.HasAnswered)
        {
            Fail(ref state, sweep.Failure!, modelThrew: true, sweep.Elapsed);
            return;
        }

        state = state with { Learnt = state.Learnt with { NameplateWatts = sweep.NameplateWatts, Corrections = sweep.Corrections } };
        if (sweep.NameplateWatts is { } nameplate)
        {
            var watts = (int)Math.Min(int.MaxValue, Math.Ceiling(nameplate));
            for (var i = 0; i < state.Fleet.Count; i++)
            {
                state = state.WithRole(i, state.Fleet[i] with { NameplateWatts = watts });
            }
        }

        if (sweep.HasModelChanged)
        {
            // What was learnt is relative to the new answer from here on, whatever becomes of the sweep; what was tried, was tried against other models.
            state = state with
            {
                Course = state.Course.Revised() with { Answer = sweep.RebasedAnswer ?? state.Course.Answer },
                First = state.First with { Probe = default },
                Second = state.Second with { Probe = default },
            };
        }

        if (sweep.Failure is { } failure)
        {
            Fail(ref state, failure, sweep.HasModelThrown, sweep.Elapsed);
            return;
        }

        Succeed(ref state, sweep);
        _report.SweepEnded(sweep.Elapsed, sweep.Plan);
    }

    private void Fail(ref LoopState state, string detail, bool modelThrew, TimeSpan elapsed)
    {
        // Whatever called for the sweep may be over by then; that the models answer is still to be seen.
        var backoff = state.Watch.FailureBackoff.Failed(state.Now, _options.Tick, _options.ReoptimizeInterval);
        _report.SweepFailed(elapsed, backoff.Failures, _options.MaxConsecutiveFailures, detail);
        state = state with
        {
            Watch = state.Watch with { IsSweepOwed = true, FailureBackoff = backoff },
            Course = state.Course with { Failure = detail },
            Counters = state.Counters with { Exceptions = state.Counters.Exceptions + 1 },
        };
        if (state.IsDisabled)
        {
            state = state with { Watch = state.Watch with { DisabledAt = state.Now } };
        }
        else if (!state.Targets.Exist)
        {
            Disable(ref state, modelThrew ? DisabledReason.StartupException : DisabledReason.InfeasibleAtStartup, detail);
            SeatMinima(ref state);
            _report.StartFailed(state.Watch.DisabledReason, state.IsAggregated ? default : state.Targets.First, state.Targets[state.Fleet.Count - 1]);
        }
        else if (backoff.Failures >= _options.MaxConsecutiveFailures)
        {
            Disable(ref state, DisabledReason.MaxConsecutiveFailures, detail);
        }
    }

    private void Disable(ref LoopState state, DisabledReason reason, string detail)
    {
        state = state with { Watch = state.Watch with { DisabledReason = reason, DisabledAt = state.Now } };
        _report.Disabled(reason, detail);
    }

    private void Enable(ref LoopState state, string cause)
    {
        _report.Enabled(state.Now - (state.Watch.DisabledAt ?? state.Now), cause);
        state = state with { Watch = state.Watch with { DisabledReason = DisabledReason.None, DisabledAt = null, FailureBackoff = default } };
    }

    private void Succeed(ref LoopState state, SweepAnswer sweep)
    {
        if (state.IsDisabled)
        {
            Enable(ref state, "probe");
        }

        state = state with
        {
            Watch = state.Watch with { FailureBackoff = default, IsSweepOwed = false, LastSuccess = state.Now, Drift = state.Watch.Drift.AfterSweep() },
            Course = state.Course with { Failure = null, PlannedWith = sweep.PlannedWith, PlannedUnder = Limits(state) },
            Counters = state.Counters with { Sweeps = state.Counters.Sweeps + 1 },
        };
        if (sweep.Plan is { } plan)
        {
            Follow(ref state, plan, sweep);
        }
        else
        {
            Refuse(ref state, sweep.Missed!);
        }
    }

    private void Follow(ref LoopState state, PowerPlan plan, SweepAnswer sweep)
    {
        CountClamps(ref state, plan, sweep.PlanAnswer);
        var course = state.Course with { IsBestEffort = sweep.Missed is not null };
        state = state with { Course = course };
        var applied = course.IsPlanTargeted && !course.IsClamped ? course.Plan : null;
        var isForced = applied is null || BreaksConstraint(state, course.IsBestEffort);
        var isKept = !isForced && IsKept(state, plan, applied!);
        var isLater = isKept && WouldMove(state, plan, applied!);
        var isOptional = !isForced && !isKept && course.PlanRevision == course.Revision && PlanIdentity.Of(applied!) != PlanIdentity.Of(plan);
        course = course with { History = course.History.With(plan), Infeasibility = sweep.Missed, IsMoveLater = isLater };
        if (isKept)
        {
            state = state with { Course = course with { Answer = sweep.InForceAnswer ?? course.Answer, PlanLimits = Limits(state) } };
            FoundNothingBetter(ref state);
            return;
        }

        if (course.Plan is { } old && course.IsPlanTargeted && plan.ThroughputTokensPerSecond < old.ThroughputTokensPerSecond * (1 - _options.ThroughputRegressionWarnThreshold) * (1 - 1e-9))
        {
            state = state with { Counters = state.Counters with { ThroughputRegression = state.Counters.ThroughputRegression + 1 } };
            _report.ThroughputRegression(old, plan);
        }

        state = state with
        {
            Watch = state.Watch with { NoBetterPlan = state.Watch.NoBetterPlan.FoundBetter(state.Tick.Judgement.Violated) },
            Course = course with
            {
                Plan = plan,
                PlanRevision = course.Revision,
                PlanLimits = Limits(state),
                Answer = sweep.PlanAnswer,
                EstimatedTokensPerSecond = plan.ThroughputTokensPerSecond,
                IsPlanTargeted = true,
                IsClamped = false,
                AreThresholdsDue = true,
                Moves = isOptional ? (SinceMove(state) < Interval * IntervalsOfRest ? Math.Min(course.Moves, MostMoves - 1) : 0) + 1 : course.Moves,
                LastMove = isOptional ? state.Now : course.LastMove,
            },
            Tick = state.Tick with { IsAdopted = true },
        };
        var isDecodeUncapped = sweep.PlanAnswer?.OwnDecodeCapWatts is null;
        if (state.IsAggregated)
        {
            Target(ref state, 0, new RoleTarget(plan.DecodeReplicas, plan.DecodeCapWatts), isDecodeUncapped);
        }
        else
        {
            Target(ref state, 0, new RoleTarget(plan.PrefillReplicas, plan.PrefillCapWatts), sweep.PlanAnswer?.OwnPrefillCapWatts is null);
            Target(ref state, 1, new RoleTarget(plan.DecodeReplicas, plan.DecodeCapWatts), isDecodeUncapped);
        }
    }

    private bool IsKept(in LoopState state, PowerPlan plan, PowerPlan applied)
    {
        if (!IsSeen(state, plan) && (state.Course.PlanRevision != state.Course.Revision || HasCapDrift(state) == true))
        {
            return false;
        }

        var isWorthIt = (MayMove(state) && IsBetter(state, plan, applied, LeastGain(state, plan))) || (MayMove(state, MostIntervalsToLargeGain) && IsBetter(state, plan, applied, LargeGain));
        return !isWorthIt;
    }

    /// <summary>Whether a plan that is kept will be left for this one when the fleet has rested long enough.</summary>
    private bool WouldMove(in LoopState state, PowerPlan plan, PowerPlan applied) =>
        !MayMove(state) && (IsBetter(state, plan, applied, LeastGain(state, plan)) || (!state.Course.IsBestEffort && !MeetsTargets(state, LeastMiss)));

    private static bool IsSeen(in LoopState state, PowerPlan plan) => state.Course.History.Contains(plan);

    private static double LeastGain(in LoopState state, PowerPlan plan) => IsSeen(state, plan) ? ComebackGain : 1e-9;

    /// <summary>
    /// Whether the fleet may move for a small gain, or for a target that is missed by little. At first at once: what is learnt improves a plan in a
    /// few steps. A fleet that keeps moving, since a plan at the edge of a target is the best one only half of the time, has to wait for 16 and then 256 intervals.
    /// </summary>
    private bool MayMove(in LoopState state, int mostIntervals = MostIntervalsBetweenMoves) =>
        state.Course.Moves <= FreeMoves || SinceMove(state) >= Interval * Math.Min(1 << (4 * (state.Course.Moves - FreeMoves)), mostIntervals);

    private static TimeSpan SinceMove(in LoopState state) => state.Course.LastMove is { } last ? state.Now - last : TimeSpan.MaxValue;

    /// <summary>Whether the applied plan breaks a constraint of today, so that even a plan that was seen before is better.</summary>
    private bool BreaksConstraint(in LoopState state, bool nothingMeetsTargets) =>
        TargetWatts(state, withFloors: true) > state.Fleet.BudgetWatts
        || TargetGpus(state) > state.Fleet.GpuBudget
        || (!nothingMeetsTargets && !MeetsTargets(state, MayMove(state) ? LeastMiss : NearMiss));

    /// <summary>
    /// Whether a plan is worth moving the fleet for: it serves more, or as much on fewer GPUs. Coefficients tremble with every reading, and
    /// caps and what fits with them; a fleet that followed would swing. What depends on caps must therefore gain as much as calls for a
    /// sweep in the first place.
    /// </summary>
    private bool IsBetter(in LoopState state, PowerPlan plan, PowerPlan applied, double gain)
    {
        if (state.Course.IsBestEffort)
        {
            var (missesNow, misses) = (Violation(state, plan), Violation(state, applied));
            if (misses > missesNow * (1 + _options.CapDriftThreshold))
            {
                return true;
            }

            if (missesNow > misses * (1 + 1e-9) && misses <= NearMiss)
            {
                // A plan that misses a target by no more than latencies tremble is not given up for one that misses it by more.
                return false;
            }
        }

        var served = Served(state, plan);
        var serves = Served(state, applied);

        // What the plan in force takes by now: probes may have raised its caps since.
        var watts = (double)Math.Max(applied.TotalWatts, TargetWatts(state, withFloors: true));
        var servesMore = served > serves * (1 + gain);
        var worthwhile = Math.Max(gain, Math.Min(MostWorthwhile, _options.CapDriftThreshold));
        return state.Facts.Objective switch
        {
            PlanningObjective.Efficiency => served / plan.TotalWatts > serves / watts * (1 + worthwhile)
                || (served > serves * (1 + Math.Max(ComebackGain, worthwhile)) && served / plan.TotalWatts >= serves / watts * (1 - 1e-9)),
            PlanningObjective.LeastPower => servesMore || plan.TotalWatts < watts * (1 - worthwhile),
            _ => servesMore || (gain < ComebackGain && served >= serves * (1 - gain) && plan.TotalGpus < applied.TotalGpus),
        };
    }

    private static double Served(in LoopState state, PowerPlan plan) => Math.Min(plan.ThroughputRequestsPerSecond, state.Facts.TargetRequestsPerSecond ?? double.PositiveInfinity);

    /// <summary>How far a plan is from the targets, by what was learnt until now.</summary>
    private static double Violation(in LoopState state, PowerPlan plan) => Math.Max(
        plan.TtftMs * Math.Max(1, state.Learnt.Corrections.Ttft.Value) / state.Facts.TtftTargetMs,
        plan.ItlMs * Math.Max(1, state.Learnt.Corrections.Itl.Value) / state.Facts.ItlTargetMs);

    private void FoundNothingBetter(ref LoopState state)
    {
        var next = state.Watch.NoBetterPlan.FoundNothingBetter(state.Now, state.Tick.Judgement.Violated, _options.ReoptimizeInterval, _options.Tick, out var wait);
        state = state with { Watch = state.Watch with { NoBetterPlan = next } };
        _report.NoBetterPlan(wait);
    }

    private void CountClamps(ref LoopState state, PowerPlan plan, OperatingPointAnswer? answer)
    {
        var clamped = (plan.PrefillPower.IsValid ? 0 : 1) + (plan.DecodePower.IsValid ? 0 : 1);
        state = state with { Counters = state.Counters with { PowerClamped = state.Counters.PowerClamped + clamped } };
        _report.PowerSources(plan, state.Learnt.NameplateWatts);
        if (answer is not { } point)
        {
            return;
        }

        var (wantedPrefill, wantedDecode) = point.CapsUnder(default, state.Learnt.Corrections.Values);
        if (!state.IsAggregated)
        {
            CountCap(ref state, 0, wantedPrefill, plan.PrefillCapWatts);
        }

        CountCap(ref state, state.Fleet.Count - 1, wantedDecode, plan.DecodeCapWatts);
    }

    private void CountCap(ref LoopState state, int index, int wantedWatts, int capWatts)
    {
        var direction = wantedWatts.CompareTo(capWatts) switch { > 0 => LimitDirection.Max, < 0 => LimitDirection.Min, _ => LimitDirection.None };
        var clampedCap = direction == LimitDirection.None ? 0 : capWatts;
        var side = state.Side(index);
        if (direction == side.ClampedDirection && clampedCap == side.ClampedCapWatts)
        {
            return;
        }

        state = state.WithSide(index, side with { ClampedDirection = direction, ClampedCapWatts = clampedCap });
        if (direction != LimitDirection.None)
        {
            state = state with { Counters = state.Counters with { CapClamped = state.Counters.CapClamped + 1 } };
            _report.CapMoved(state.Fleet[index].Role, direction, wantedWatts, capWatts);
        }
    }

    /// <summary>No plan fits. What runs stays where it fits; where it does not, or nothing was ever planned, the policy decides.</summary>
    private void Refuse(ref LoopState state, Infeasibility infeasibility)
    {
        var isKnown = infeasibility.IsLike(state.Course.Infeasibility);
        if (isKnown)
        {
            FoundNothingBetter(ref state);
        }

        _report.Infeasible(infeasibility, isNew: !isKnown);
        state = state with { Course = state.Course with { Infeasibility = infeasibility, IsBestEffort = false } };
        var isOver = state.Fleet.IsOverBudget
            || TargetWatts(state, withFloors: true) > state.Fleet.BudgetWatts
            || TargetGpus(state) > state.Fleet.GpuBudget
            || state.Watch.Drift.Excess.Ticks >= DriftDetector.ExcessTicks;
        if (state.Targets.Exist && !isOver)
        {
            return;
        }

        if (state.Fleet.ChargedWatts > 0 && _options.OverBudgetPolicy != OverBudgetPolicy.ScaleDown)
        {
            StayOverBudget(ref state);
            return;
        }

        state = state with
        {
            Targets = new FleetTargets(new RoleTarget(0, null), new RoleTarget(0, null), Exist: true),
            Course = state.Course with { IsPlanTargeted = false, EstimatedTokensPerSecond = 0 },
            First = state.First with { Probe = state.First.Probe.GivenUp() },
            Second = state.Second with { Probe = state.Second.Probe.GivenUp() },
        };
    }
}
