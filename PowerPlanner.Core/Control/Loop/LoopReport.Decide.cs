using PowerPlanner.Control.Sweeps;
using PowerPlanner.Diagnostics;
using PowerPlanner.Feedback;
using PowerPlanner.Planning;
using PowerPlanner.Power;
using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopReport
{
    public void DriftDetected(int ticks, DriftSignals signals)
    {
        var names = signals.ToString();
        _trigger = names;
        _logger.DriftDetected(_deployment, ticks, names);
    }

    public void HalfOpenProbe(TimeSpan after)
    {
        _trigger = "halfOpen";
        _logger.HalfOpenProbe(_deployment, after);
    }

    /// <summary>Begins a sweep; it ends when the span is disposed.</summary>
    public PlannerSpan StartSweep()
    {
        _tick.Set(PlannerActivity.TriggerTag, _trigger ?? "retry");
        return _sweep = PlannerActivity.Start(PlannerActivity.Sweep, _deployment);
    }

    /// <summary>A sweep ended with a plan, or found none that fits.</summary>
    public void SweepEnded(TimeSpan elapsed, PowerPlan? plan)
    {
        EndSweep(elapsed, plan is null ? "infeasible" : "ok");
        if (plan is not null)
        {
            _logger.SweepFinished(
                _deployment, elapsed.TotalMilliseconds, plan.PrefillReplicas, plan.PrefillCapWatts, plan.DecodeReplicas, plan.DecodeCapWatts, plan.DecodeBatch, plan.ThroughputRequestsPerSecond, plan.TotalWatts);
        }
    }

    public void SweepFailed(TimeSpan elapsed, int failures, int most, string detail)
    {
        EndSweep(elapsed, "failed");
        _sweep.Fail(detail);
        _instruments.CountException();
        _logger.SweepFailed(_deployment, failures, most, detail, exception: null);
    }

    public void StartFailed(DisabledReason reason, Transitions.RoleTarget prefill, Transitions.RoleTarget decode)
    {
        var fallback = FormattableString.Invariant($"{prefill.Replicas} prefill at {prefill.CapWatts ?? 0} W, {decode.Replicas} decode at {decode.CapWatts ?? 0} W");
        _logger.StartFailed(_deployment, ReportNames.Of(reason)!, fallback, exception: null);
    }

    public void Disabled(DisabledReason reason, string detail) => _logger.Disabled(_deployment, ReportNames.Of(reason)!, detail);

    public void Enabled(TimeSpan after, string cause)
    {
        _trigger ??= cause;
        _logger.Reenabled(_deployment, after, cause);
    }

    public void ThroughputRegression(PowerPlan old, PowerPlan plan)
    {
        _instruments.CountThroughputRegression();
        _logger.ThroughputRegression(_deployment, old.ThroughputRequestsPerSecond, plan.ThroughputRequestsPerSecond);
    }

    public void NoBetterPlan(TimeSpan backoff) => _logger.NoBetterPlan(_deployment, backoff);

    /// <summary>Where the powers of a plan come from.</summary>
    public void PowerSources(PowerPlan plan, double? nameplateWatts)
    {
        PowerSource(FleetRole.Prefill, plan.PrefillPower, nameplateWatts);
        PowerSource(FleetRole.Decode, plan.DecodePower, nameplateWatts);
    }

    public void CapMoved(FleetRole role, LimitDirection direction, int wantedWatts, int capWatts)
    {
        var side = ReportNames.Of(role);
        _instruments.CountCapMoved(side, ReportNames.Of(direction));
        _logger.CapOutsideRange(_deployment, side, wantedWatts, capWatts);
    }

    /// <summary>A sweep found that nothing fits.</summary>
    /// <param name="infeasibility">Why.</param>
    /// <param name="isNew">Whether the last one did not say the same.</param>
    public void Infeasible(Infeasibility infeasibility, bool isNew)
    {
        State(ConditionKind.NoPlan, true, out _);
        if (isNew)
        {
            _logger.BudgetInfeasible(_deployment, infeasibility.Reason.ToString(), infeasibility.Detail);
        }
    }

    public void Clamped(in ClampAnswer answer, int? proposedPrefill, int? proposedDecode)
    {
        if (ClampReasonNames.Of(answer.Reason) is { } reason)
        {
            _instruments.CountClamp(reason);
            _logger.ProposalClamped(_deployment, reason, proposedPrefill, proposedDecode, answer.Prefill, answer.Decode);
        }
    }

    private void PowerSource(FleetRole role, in SidePower power, double? nameplateWatts)
    {
        var side = ReportNames.Of(role);
        if (!power.IsValid)
        {
            _instruments.CountPowerClamped(side);
        }

        if (Begins(Condition.Of(ConditionKind.PowerNotPhysical, role), !power.IsValid))
        {
            _logger.NonPhysicalPower(_deployment, side, power.RawWatts ?? double.NaN, nameplateWatts ?? power.Watts);
        }

        if (Begins(Condition.Of(ConditionKind.PowerNotPredicted, role), power.Source == Power.PowerSource.Nameplate))
        {
            _logger.TdpFallback(_deployment, side, power.Watts);
        }

        if (Begins(Condition.Of(ConditionKind.PowerUnknown, role), power.Source == Power.PowerSource.ConfiguredCap))
        {
            _logger.TdpUnknown(_deployment, side, (int)power.Watts);
        }
    }

    private void EndSweep(TimeSpan elapsed, string outcome)
    {
        _sweep.Set(PlannerActivity.OutcomeTag, outcome);
        _instruments.RecordSweep(elapsed, outcome);
    }
}
