using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Control.Loop;

internal sealed partial class ControlLoop
{
    private async ValueTask DecideAsync(TickKind kind, TimeSpan now, bool isInOrder, bool isUrgent, CancellationToken cancellationToken)
    {
        if (kind == TickKind.Start && _isRestored)
        {
            // What was changed since the snapshot is planned for on the first tick.
            _isSweepOwed |= isUrgent;
            return;
        }

        var isDue = kind switch
        {
            TickKind.Start => true,
            TickKind.Replan => !IsDisabled,
            _ => IsSweepDue(now, isInOrder, isUrgent),
        };
        if (!isDue)
        {
            return;
        }

        _shouldReoptimize = kind == TickKind.Tick;
        _isSweepOwed |= isUrgent;
        await SweepAsync(now, cancellationToken).ConfigureAwait(false);
    }

    private bool IsSweepDue(TimeSpan now, bool isInOrder, bool isUrgent)
    {
        var isConverging = _transitionSince is { } since && now - since <= _options.ConvergenceTimeout;
        _judgement = default;
        if (IsDisabled)
        {
            if (_options.HalfOpenAfter is { } wait && now - _disabledAt >= wait)
            {
                _report.HalfOpenProbe(now - _disabledAt!.Value);
                return true;
            }

            return false;
        }

        var decision = default(DriftDecision);
        if (isInOrder)
        {
            _judgement = Sample().Judge(new DriftReference(_problem.TtftTargetMs, _problem.ItlTargetMs, _estimatedTokensPerSecond, _ledger.BudgetWatts), _options.DriftRelativeThreshold);
            var isHeld = DriftDetector.IsRateLimited(now, _lastSuccess, _options.ReoptimizeInterval) | _noBetter.Holds(now, _judgement, _revision);
            decision = DriftDetector.Advance(_drift, _judgement, now, isHeld, isConverging, _feedback);
            _drift = decision.State;
        }

        if (decision.IsUrgent)
        {
            _report.DriftDetected(_drift.Excess.Ticks, decision.Due);
            return true;
        }

        if (isUrgent)
        {
            return true;
        }

        if (!_failureBackoff.Allows(now))
        {
            return false;
        }

        if (_isSweepOwed || IsEmptyLongEnough(now))
        {
            return true;
        }

        if (IsInfeasible)
        {
            return false;
        }

        if (decision.IsDue)
        {
            _report.DriftDetected(_drift.Violations.Ticks, decision.Due);
            return true;
        }

        return _isBestEffort && !isConverging && MeetsTargets() && !DriftDetector.IsRateLimited(now, _lastSuccess, _options.ReoptimizeInterval);
    }

    /// <summary>Whether there is no plan at all, as opposed to one that misses a target.</summary>
    private bool IsInfeasible => _infeasibility is { Reason: not InfeasibleReason.SlaInfeasible } || (_infeasibility is not null && !_isBestEffort);

    /// <summary>Where nothing runs nothing can be learnt: after an interval the power coefficients start again, and a sweep follows.</summary>
    private bool IsEmptyLongEnough(TimeSpan now)
    {
        if (!IsInfeasible || _ledger.ChargedWatts > 0)
        {
            _emptySince = null;
            return false;
        }

        _emptySince ??= now;
        var reset = _corrections.ResetPower(_options.InitialCorrections);
        if (now - _emptySince < _options.ReoptimizeInterval || reset.Values == _corrections.Values)
        {
            return false;
        }

        _corrections = reset;
        _emptySince = now;
        return true;
    }

    private bool MeetsTargets() =>
        _answer is { } answer
        && !Exceeds(answer.TtftMs * Math.Max(1, _corrections.Ttft.Value), _problem.TtftTargetMs)
        && !Exceeds(answer.ItlMs * Math.Max(1, _corrections.Itl.Value), _problem.ItlTargetMs);

    private static bool Exceeds(double value, double bound) => value > bound * (1 + 1e-9);

    private PlanningLimits Limits() => _problem.Limits with
    {
        BudgetWatts = _ledger.BudgetWatts,
        PrefillCapLimits = IsAggregated ? null : _sides[0].Ledger.CapLimits,
        DecodeCapLimits = _sides[^1].Ledger.CapLimits,
        PrefillChargeFloorWatts = IsAggregated ? null : Floor(_sides[0]),
        DecodeChargeFloorWatts = Floor(_sides[^1]),
    };

    private static int? Floor(Side side) => side.Ledger.ChargeFloorWatts > 0 ? side.Ledger.ChargeFloorWatts : null;

    private async ValueTask SweepAsync(TimeSpan now, CancellationToken cancellationToken)
    {
        var limits = Limits();
        var started = _time.GetTimestamp();
        using var span = _report.StartSweep();
        var outcome = await _sweeper.RunAsync(_problem with { Limits = limits, Corrections = _corrections.Values }, cancellationToken).ConfigureAwait(false);
        _swept = true;
        foreach (var side in _sides)
        {
            side.PlannedLimits = side.Ledger.CapLimits;
        }

        if (outcome.Prepared is not { } prepared)
        {
            Fail(outcome.Failure!, modelThrew: true, _time.GetElapsedTime(started), now);
            return;
        }

        _nameplateWatts = outcome.NameplateWatts;
        if (_nameplateWatts is { } nameplate)
        {
            foreach (var side in _sides)
            {
                side.Ledger.NameplateWatts = (int)Math.Min(int.MaxValue, Math.Ceiling(nameplate));
            }
        }

        Rebase(prepared);
        var corrections = _corrections.Values;
        var result = prepared.Plan(limits, corrections);
        var missed = default(Infeasibility);
        if (result.Reason == InfeasibleReason.SlaInfeasible)
        {
            missed = Infeasibility.Of(result);
            result = prepared.PlanBestEffort(limits, corrections);
        }

        if (result.Reason == InfeasibleReason.ModelFailed)
        {
            Fail(result.Detail!, prepared.HasModelThrown, _time.GetElapsedTime(started), now);
            return;
        }

        Succeed(prepared, result, missed, limits, now);
        _report.SweepEnded(_time.GetElapsedTime(started), result.Plan);
    }

    private void Fail(string detail, bool modelThrew, TimeSpan elapsed, TimeSpan now)
    {
        // Whatever called for the sweep may be over by then; that the models answer is still to be seen.
        _isSweepOwed = true;
        _failure = detail;
        _counters = _counters with { Exceptions = _counters.Exceptions + 1 };
        _failureBackoff = _failureBackoff.Failed(now, _options.Tick, _options.ReoptimizeInterval);
        _report.SweepFailed(elapsed, _failureBackoff.Failures, _options.MaxConsecutiveFailures, detail);
        if (IsDisabled)
        {
            _disabledAt = now;
            return;
        }

        if (!_hasTargets)
        {
            Disable(modelThrew ? DisabledReason.StartupException : DisabledReason.InfeasibleAtStartup, detail, now);
            SeatMinima();
            _report.StartFailed(_disabledReason, IsAggregated ? default : _targets[0], _targets[^1]);
        }
        else if (_failureBackoff.Failures >= _options.MaxConsecutiveFailures)
        {
            Disable(DisabledReason.MaxConsecutiveFailures, detail, now);
        }
    }

    private void Disable(DisabledReason reason, string detail, TimeSpan now)
    {
        _disabledReason = reason;
        _disabledAt = now;
        _report.Disabled(reason, detail);
    }

    private void Enable(string cause)
    {
        _report.Enabled(Now - (_disabledAt ?? Now), cause);
        _disabledReason = DisabledReason.None;
        _disabledAt = null;
        _failureBackoff = default;
    }

    private void Succeed(PreparedPlanner prepared, PlanResult result, Infeasibility? missed, in PlanningLimits limits, TimeSpan now)
    {
        if (IsDisabled)
        {
            Enable("probe");
        }

        _counters = _counters with { Sweeps = _counters.Sweeps + 1 };
        _failure = null;
        _failureBackoff = default;
        _isSweepOwed = false;
        _lastSuccess = now;
        _drift = _drift.AfterSweep();
        if (result.Plan is { } plan)
        {
            Settle(prepared, plan, missed, limits, now);
        }
        else
        {
            Refuse(Infeasibility.Of(result), now);
        }
    }

    private void Settle(PreparedPlanner prepared, PowerPlan plan, Infeasibility? missed, in PlanningLimits limits, TimeSpan now)
    {
        CountClamps(plan, prepared, limits);
        _isBestEffort = missed is not null;
        var isKept = _plan is { } applied
            && _isPlanTargeted
            && !BreaksConstraint(missed is not null)
            && (_history.Contains(plan) || (_planRevision == _revision && HasCapDrift() != true && !IsBetter(plan, applied)));
        _history.Add(plan);
        _infeasibility = missed;
        if (isKept)
        {
            FoundNothingBetter(now);
            _answer = prepared.AnswerAt(_plan!, limits) ?? _answer;
            _planLimits = limits;
            return;
        }

        _noBetter.FoundBetter(_judgement.Violated);
        if (_plan is { } old && _isPlanTargeted && plan.ThroughputTokensPerSecond < old.ThroughputTokensPerSecond * (1 - _options.ThroughputRegressionWarnThreshold) * (1 - 1e-9))
        {
            _counters = _counters with { ThroughputRegression = _counters.ThroughputRegression + 1 };
            _report.ThroughputRegression(old, plan);
        }

        _plan = plan;
        _planRevision = _revision;
        _planLimits = limits;
        _answer = prepared.AnswerAt(plan, limits);
        _estimatedTokensPerSecond = plan.ThroughputTokensPerSecond;
        _isPlanTargeted = true;
        _isAdopted = true;
        _areThresholdsDue = true;
        var isDecodeUncapped = _answer?.OwnDecodeCapWatts is null;
        if (IsAggregated)
        {
            Target(0, new RoleTarget(plan.DecodeReplicas, plan.DecodeCapWatts), isDecodeUncapped);
        }
        else
        {
            Target(0, new RoleTarget(plan.PrefillReplicas, plan.PrefillCapWatts), _answer?.OwnPrefillCapWatts is null);
            Target(1, new RoleTarget(plan.DecodeReplicas, plan.DecodeCapWatts), isDecodeUncapped);
        }
    }

    /// <summary>Whether the applied plan breaks a constraint of today, so that even a plan that was seen before is better.</summary>
    private bool BreaksConstraint(bool nothingMeetsTargets) =>
        TargetWatts(withFloors: true) > _ledger.BudgetWatts
        || TargetGpus() > _ledger.GpuBudget
        || (!nothingMeetsTargets && !MeetsTargets());

    /// <summary>
    /// Whether a plan is worth moving the fleet for: it serves more, or as much on fewer GPUs. Coefficients tremble with every reading, and
    /// caps and what fits with them; a fleet that followed would swing. What depends on caps must therefore gain as much as calls for a
    /// sweep in the first place.
    /// </summary>
    private bool IsBetter(PowerPlan plan, PowerPlan applied)
    {
        if (_isBestEffort && Violation(applied) > Violation(plan) * (1 + _options.CapDriftThreshold))
        {
            return true;
        }

        var served = Served(plan);
        var serves = Served(applied);
        return _problem.ObjectiveInWatts switch
        {
            PlanningObjective.Efficiency => served / plan.TotalWatts > serves / applied.TotalWatts * (1 + _options.CapDriftThreshold),
            PlanningObjective.LeastPower => plan.TotalWatts < applied.TotalWatts * (1 - _options.CapDriftThreshold),
            _ => served > serves * (1 + 1e-9) || (served >= serves * (1 - 1e-9) && plan.TotalGpus < applied.TotalGpus),
        };
    }

    private double Served(PowerPlan plan) => Math.Min(plan.ThroughputRequestsPerSecond, _problem.TargetRequestsPerSecond ?? double.PositiveInfinity);

    /// <summary>How far a plan is from the targets, by what was learnt until now.</summary>
    private double Violation(PowerPlan plan) => Math.Max(
        plan.TtftMs * Math.Max(1, _corrections.Ttft.Value) / _problem.TtftTargetMs,
        plan.ItlMs * Math.Max(1, _corrections.Itl.Value) / _problem.ItlTargetMs);

    private void FoundNothingBetter(TimeSpan now)
    {
        var backoff = _judgement.Violated == DriftSignals.None
            ? TimeSpan.Zero
            : _noBetter.FoundNothingBetter(now, _judgement.Violated, _revision, _options.ReoptimizeInterval, _options.Tick);
        _report.NoBetterPlan(backoff);
    }

    private void CountClamps(PowerPlan plan, PreparedPlanner prepared, in PlanningLimits limits)
    {
        var clamped = (plan.PrefillPower.IsValid ? 0 : 1) + (plan.DecodePower.IsValid ? 0 : 1);
        _counters = _counters with { PowerClamped = _counters.PowerClamped + clamped };
        _report.PowerSources(plan, _nameplateWatts);
        if (prepared.AnswerAt(plan, limits) is not { } answer)
        {
            return;
        }

        var (wantedPrefill, wantedDecode) = answer.CapsUnder(limits with { PrefillCapLimits = null, DecodeCapLimits = null }, _corrections.Values);
        if (!IsAggregated)
        {
            CountCap(_sides[0], wantedPrefill, plan.PrefillCapWatts);
        }

        CountCap(_sides[^1], wantedDecode, plan.DecodeCapWatts);
    }

    private void CountCap(Side side, int wantedWatts, int capWatts)
    {
        var direction = wantedWatts.CompareTo(capWatts) switch { > 0 => LimitDirection.Max, < 0 => LimitDirection.Min, _ => LimitDirection.None };
        var clamped = (direction, direction == LimitDirection.None ? 0 : capWatts);
        if (clamped == side.Clamped)
        {
            return;
        }

        side.Clamped = clamped;
        if (direction != LimitDirection.None)
        {
            _counters = _counters with { CapClamped = _counters.CapClamped + 1 };
            _report.CapMoved(side.Role, direction, wantedWatts, capWatts);
        }
    }

    /// <summary>No plan fits. What runs stays where it fits; where it does not, or nothing was ever planned, the policy decides.</summary>
    private void Refuse(Infeasibility infeasibility, TimeSpan now)
    {
        var isKnown = infeasibility.IsLike(_infeasibility);
        if (isKnown)
        {
            FoundNothingBetter(now);
        }

        _report.Infeasible(infeasibility, isNew: !isKnown);
        _infeasibility = infeasibility;
        _isBestEffort = false;
        var isOver = _ledger.IsOverBudget || TargetWatts(withFloors: true) > _ledger.BudgetWatts || _reading.TotalWatts > _ledger.BudgetWatts;
        if (_hasTargets && !isOver)
        {
            return;
        }

        if (_ledger.ChargedWatts > 0 && _options.OverBudgetPolicy != OverBudgetPolicy.ScaleDown)
        {
            StayOverBudget();
            return;
        }

        _isPlanTargeted = false;
        _hasTargets = true;
        for (var i = 0; i < _sides.Length; i++)
        {
            _sides[i].Probe = default;
            _targets[i] = new RoleTarget(0, null);
        }

        _estimatedTokensPerSecond = 0;
    }
}
