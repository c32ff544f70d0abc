using System.Collections.Immutable;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

internal sealed partial class ControlLoop
{
    private TimeSpan _lastRead;

    private async ValueTask<Observation?> ObserveAsync(TickKind kind, CancellationToken cancellationToken)
    {
        try
        {
            var observation = await _metrics.ObserveAsync(cancellationToken).ConfigureAwait(false);

            // Before the start nothing need run, so there need be nothing to see.
            var isEmpty = kind != TickKind.Start && (observation is null || ObservationReader.IsEmpty(observation, _sides));
            _report.MetricsAnswered(isEmpty);
            return observation;
        }
        catch (Exception failure) when (!IsCancellation(failure, cancellationToken))
        {
            _report.MetricsFailed(failure);
            return null;
        }
    }

    private async ValueTask ReadFleetAsync(CancellationToken cancellationToken)
    {
        _isFleetRead = false;
        foreach (var side in _sides)
        {
            side.Ledger.Unsee();
        }

        FleetState fleet;
        try
        {
            fleet = await _actuator.ReadAsync(cancellationToken).ConfigureAwait(false) ?? throw new InvalidOperationException("The actuator answered no state of the fleet.");
            foreach (var side in _sides)
            {
                RoleStates.ThrowIfImpossible(fleet.Of(side.Role), side.Role);
            }
        }
        catch (Exception failure) when (!IsCancellation(failure, cancellationToken))
        {
            _report.FleetReadFailed(failure);
            return;
        }

        // Whatever changed since the last read did so at an instant that nobody knows, within the window that is about to be judged.
        var now = Now;
        var between = _lastRead + ((now - _lastRead) / 2);
        for (var i = 0; i < _sides.Length; i++)
        {
            var side = _sides[i];
            var before = side.Ledger.State;
            var asked = MostAsked(i);
            var state = fleet.Of(side.Role)!;

            // A process before this one, whose memory is lost, may have sent commands: what is sent now is newer.
            _writer.Revision = Math.Max(_writer.Revision, state.Revision);
            if (side.Ledger.Accept(state))
            {
                if (before is not null && side.Ledger.Live > asked && !side.Ledger.IsRolling && !_options.Advisory)
                {
                    _report.ForeignReplicas(side.Role, side.Ledger.Live, asked);
                }

                side.NoteChange(before, state, between);
                _report.GpusPerReplica(side.Role, side.Ledger.GpusDisagree, state.GpusPerReplica, side.Ledger.PlannedGpusPerReplica);
            }
        }

        _desk.Read(fleet.Frontends.IsDefault ? ImmutableArray<FrontendState>.Empty : fleet.Frontends);
        _lastRead = now;
        _isFleetRead = true;
        _report.FleetReadIsBack();
    }

    /// <summary>The replicas of a side that ran, were asked for or may still come: more than these somebody else has added.</summary>
    private int MostAsked(int side)
    {
        var ledger = _sides[side].Ledger;
        return Math.Max(Math.Max(ledger.Live, ledger.CommandedReplicas), _hasTargets ? _targets[side].Replicas : 0);
    }

    /// <returns>Whether the tick comes after the last one.</returns>
    private bool Read(Observation? observation, TimeSpan now)
    {
        _reading = _reader.Read(observation, _sides, now, _nameplateWatts, out var isInOrder);
        if (_reading.Window is not null)
        {
            foreach (var side in _sides)
            {
                // The actuator speaks for the hardware; metrics stand in where it is silent.
                if (side.Ledger.State?.CapLimits is null && observation!.Of(side.Role)?.CapLimits is { } limits)
                {
                    side.Ledger.CapLimits = limits;
                }

                side.Reading = side.Reading with { Kind = Classify(side.Reading), Utilization = Utilization(side) };
            }
        }

        return isInOrder;
    }

    private PowerReadingKind Classify(in SideReading reading) =>
        reading.IsStraddled ? PowerReadingKind.None : PowerReading.Classify(reading.WattsPerGpu, reading.CapWatts, _options.PowerLimitedBand);

    private double? Utilization(Side side)
    {
        if (_plan is not { } plan)
        {
            return null;
        }

        var rate = side.Role == FleetRole.Prefill
            ? plan.RequestsPerSecondPerPrefillReplica!.Value / _problem.PrefillUtilization
            : plan.RequestsPerSecondPerDecodeReplica / _problem.DecodeUtilization;
        var ready = side.Reading.ReadyReplicas ?? side.Ledger.State?.Ready ?? 0;
        return Saturation.Utilization(_reading.TokensPerSecond, _reading.Requests, _reading.Window!.Value.Duration, (double)plan.Isl + plan.Osl, ready * rate);
    }

    private bool TakeUpdates()
    {
        var update = Updates.Take();
        var isUrgent = false;
        if (update.HasBudget && update.BudgetWatts != _ledger.BudgetWatts)
        {
            _report.BudgetChanged(_ledger.BudgetWatts, update.BudgetWatts);
            _ledger.BudgetWatts = update.BudgetWatts;
            isUrgent = true;
        }

        if (update.Problem is { } problem)
        {
            _report.ProblemReplaced();
            _problem = problem;
            _ledger.GpuBudget = problem.Limits.GpuBudget;
            foreach (var side in _sides)
            {
                side.Ledger.NonGpuWattsPerGpu = problem.NonGpuWattsPerGpu;
                side.Ledger.LeastReplicas = side.Role == FleetRole.Prefill ? problem.MinPrefillReplicas : problem.MinDecodeReplicas;
            }

            isUrgent = true;
        }

        if (update.Reset)
        {
            TurnOn();
        }

        if (isUrgent)
        {
            Revise();
        }

        return isUrgent;
    }

    /// <summary>Takes a reset over between two ticks, so that the status does not call an optimizer disabled that is not.</summary>
    public void TakeReset()
    {
        if (Updates.TakeReset() && TurnOn())
        {
            _swept = false;
            _shouldReoptimize = false;
            Publish(Now);
        }
    }

    private bool TurnOn()
    {
        if (!IsDisabled)
        {
            return false;
        }

        Enable("reset");
        _isSweepOwed = true;
        return true;
    }

    private bool HasRangeChanged()
    {
        var hasChanged = false;
        foreach (var side in _sides)
        {
            hasChanged |= _isStarted && !Equals(side.Ledger.CapLimits, side.PlannedLimits);
        }

        if (hasChanged)
        {
            _report.CapRangeChanged();
            Revise();
        }

        return hasChanged;
    }

    /// <summary>Budget, limits or model have changed: what was tried before says nothing about now.</summary>
    private void Revise()
    {
        _revision++;
        _history.Clear();
    }

    private static bool IsCancellation(Exception failure, CancellationToken cancellationToken) =>
        failure is OutOfMemoryException || (failure is OperationCanceledException && cancellationToken.IsCancellationRequested);
}
