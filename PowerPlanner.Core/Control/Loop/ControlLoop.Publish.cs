using PowerPlanner.Planning;

namespace PowerPlanner.Control.Loop;

internal sealed partial class ControlLoop
{
    /// <summary>Tells of every edge between two states.</summary>
    public Action<ControllerState, ControllerState>? StateChanged { get; init; }

    private ControllerStatus Publish(TimeSpan now)
    {
        var before = _status.State;
        var prefill = IsAggregated ? null : _sides[0];
        var decode = _sides[^1];
        var status = new ControllerStatus
        {
            Time = _time.GetUtcNow(),
            State = State(now),
            DisabledReason = _disabledReason,
            Reason = _infeasibility?.Reason ?? (_failure is null ? null : InfeasibleReason.ModelFailed),
            Detail = _failure ?? _infeasibility?.Detail,
            MinimumBudgetWatts = _infeasibility?.MinimumBudgetWatts,
            MinimumGpus = _infeasibility?.MinimumGpus,
            Corrections = _corrections.Values,
            ViolationTicks = _drift.Violations.Ticks,
            ShouldReoptimize = _shouldReoptimize,
            Swept = _swept,
            ConsecutiveFailures = _failureBackoff.Failures,
            Plan = _plan,
            IsBestEffort = _isBestEffort,
            EstimatedTokensPerSecond = _estimatedTokensPerSecond,
            Applied = new AppliedState(
                prefill?.Ledger.Live ?? 0,
                decode.Ledger.Live,
                AppliedCap(prefill ?? decode, 0),
                AppliedCap(decode, _sides.Length - 1),
                _desk.Acknowledged),
            Commands = _writer.TakeResults(),
            BudgetWatts = _ledger.BudgetWatts,
            LedgerWatts = _ledger.ChargedWatts,
            PeakLedgerWatts = Math.Max(_ledger.PeakWatts, _ledger.ChargedWatts),
            MeasuredWatts = _reading.TotalWatts,
            IsPrefillPowerLimited = prefill?.IsPowerLimited ?? false,
            IsDecodePowerLimited = decode.IsPowerLimited,
            IsPrefillCapNotEnforced = prefill?.IsCapNotEnforced ?? false,
            IsDecodeCapNotEnforced = decode.IsCapNotEnforced,
            StalePrefillTokensThreshold = _desk.StalePrefillTokens,
            UnacknowledgedFrontends = _desk.Unacknowledged,
            Counters = _counters with { InvalidObservations = _reader.Invalid, StaleObservations = _reader.Stale },
        };
        Volatile.Write(ref _status, status);
        Persist();
        _report.Published(status, _ledger, _options.OverBudgetPolicy, _writer.Revision);
        if (status.State != before)
        {
            StateChanged?.Invoke(before, status.State);
        }

        return status;
    }

    private int AppliedCap(Side side, int target) =>
        side.Ledger.State?.EffectiveCapWatts ?? _targets[target].CapWatts ?? side.Ledger.EffectiveCapWatts;

    private ControllerState State(TimeSpan now)
    {
        if (!_isStarted)
        {
            return ControllerState.Cold;
        }

        if (IsDisabled)
        {
            return _options.HalfOpenAfter is null ? ControllerState.Disabled : ControllerState.Degraded;
        }

        return IsInfeasible ? ControllerState.Infeasible
            : _failureBackoff.Failures > 0 ? ControllerState.Failing
            : _transitionSince is not null ? ControllerState.Converging
            : _isBestEffort ? ControllerState.BestEffort
            : _drift.Violations.Ticks > 0 ? ControllerState.Suspect
            : Feedback.DriftDetector.IsRateLimited(now, _lastSuccess, _options.ReoptimizeInterval) ? ControllerState.RateLimited
            : ControllerState.Watching;
    }
}
