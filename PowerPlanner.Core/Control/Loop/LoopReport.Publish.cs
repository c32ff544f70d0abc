using PowerPlanner.Control.Transitions;
using PowerPlanner.Diagnostics;
using PowerPlanner.Planning;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopReport
{
    // One read that fails is an accident.
    private const int TicksToBlindness = 3;

    private ControllerState _state = ControllerState.Cold;

    /// <summary>The end of a tick: gauges, and messages about what the status as a whole says.</summary>
    public void Published(ControllerStatus status, in FleetLedger ledger, OverBudgetPolicy policy)
    {
        _tick.Set(PlannerActivity.StateTag, ReportNames.Of(status.State));
        _instruments.Publish(Figures(status, ledger));
        if (status.State != _state)
        {
            _logger.StateChanged(_deployment, ReportNames.Of(_state), ReportNames.Of(status.State));
            _state = status.State;
        }

        Blind(status);
        Budget(status, policy);
        Plan(status);
        Admission(status);
        foreach (var ((kind, target), duration) in _failing.EndTick(_now))
        {
            _logger.ConditionEnded(_deployment, Failing(kind, target), duration);
        }
    }

    /// <summary>A controller that cannot see its fleet changes nothing that could rise, and keeps no promise about what others do to it.</summary>
    private void Blind(ControllerStatus status)
    {
        if (Begins(ConditionKind.Blind, status.UnreadTicks >= TicksToBlindness))
        {
            _logger.Blind(_deployment, status.UnreadTicks, status.IsFleetKnown);
        }
    }

    private void Budget(ControllerStatus status, OverBudgetPolicy policy)
    {
        var edge = _conditions.Set(ConditionKind.OverBudget, status.IsOverBudget, _now);
        switch (edge.Kind)
        {
            case EdgeKind.Entered:
                _logger.OverBudget(_deployment, status.BudgetWatts!.Value, status.LedgerWatts, status.MeasuredWatts, policy.ToString());
                break;
            case EdgeKind.Reminder:
                _logger.StillOverBudget(_deployment, edge.Duration, status.BudgetWatts!.Value, status.LedgerWatts, status.MeasuredWatts);
                break;
            case EdgeKind.Exited:
                _logger.WithinBudget(_deployment, edge.Duration, status.BudgetWatts, status.LedgerWatts);
                break;
        }
    }

    private void Plan(ControllerStatus status)
    {
        if (Begins(ConditionKind.BestEffort, status.IsBestEffort) && status.Plan is { } plan)
        {
            _logger.BestEffort(_deployment, plan.CorrectedTtftMs, plan.CorrectedItlMs);
        }

        // It begins with the sweep that says so, see Infeasible.
        if (_conditions.Holds(ConditionKind.NoPlan))
        {
            Begins(ConditionKind.NoPlan, status is { IsBestEffort: false, Reason: not (null or InfeasibleReason.ModelFailed) });
        }
    }

    private void Admission(ControllerStatus status)
    {
        if (Begins(ConditionKind.StalePrefillTokens, status.StalePrefillTokensThreshold is not null))
        {
            _logger.StalePrefillTokens(_deployment, status.StalePrefillTokensThreshold!.Value);
        }

        if (status.UnacknowledgedFrontends == 0)
        {
            _conditions.Set(ConditionKind.AdmissionFailed, false, _now);
            if (State(ConditionKind.AdmissionPartial, false, out var duration) == EdgeKind.Exited)
            {
                _logger.AdmissionRecovered(_deployment, duration);
            }
        }
    }

    private static PlannerFigures Figures(ControllerStatus status, in FleetLedger ledger) => new()
    {
        BudgetWatts = status.BudgetWatts,
        ProjectedWatts = ledger.IsKnown ? ledger.ReadyWatts : null,
        Corrections = status.Corrections,
        ConsecutiveFailures = status.ConsecutiveFailures,
        State = ReportNames.Of(status.State),
        DisabledReason = ReportNames.Of(status.DisabledReason),
        ImpliedThetaDecode = status.Plan?.ThetaDecode,
        ImpliedThetaPrefillFraction = status.Plan?.ThetaPrefillFraction,
        SetThetaDecode = status.Applied.Thresholds?.ThetaDecode,
        SetThetaPrefillFraction = status.Applied.Thresholds?.ThetaPrefillFraction,
        SetPrefillTokens = status.Applied.Thresholds?.PrefillTokensThreshold,
        PlanPeakWatts = status.PeakLedgerWatts,
        LedgerWatts = status.LedgerWatts,
        MeasuredWatts = status.MeasuredWatts,
        CapGeneration = ledger.Revision,
        UnacknowledgedFrontends = status.UnacknowledgedFrontends,
        IsPrefillPowerLimited = status.IsPrefillPowerLimited,
        IsDecodePowerLimited = status.IsDecodePowerLimited,
        IsPrefillCapNotEnforced = status.IsPrefillCapNotEnforced,
        IsDecodeCapNotEnforced = status.IsDecodeCapNotEnforced,
    };
}
