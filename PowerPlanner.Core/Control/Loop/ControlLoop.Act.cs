using PowerPlanner.Admission;
using PowerPlanner.Feedback;
using PowerPlanner.Planning;
using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Control.Loop;

internal sealed partial class ControlLoop
{
    // The part of a tick within which thresholds are sent again.
    private const double ResendWindow = 0.25;

    // The newest generation that was sent on this tick.
    private long _sentGeneration;

    /// <summary>
    /// The last line of defence: targets that no longer fit, because no sweep could replace them or because replicas turn out larger than
    /// planned, pass the clamp. The clamped counts are then the plan.
    /// </summary>
    private void KeepWithinBudget()
    {
        var isOff = IsDisabled || _failureBackoff.Failures > 0;
        var isWithin = !(TargetWatts(isOff) > _ledger.BudgetWatts) && !(TargetGpus() > _ledger.GpuBudget);
        if (!_hasTargets || isWithin || (IsInfeasible && !isOff))
        {
            return;
        }

        var isPair = !IsAggregated;
        var answer = BudgetClamp.Apply(new ClampCase(
            new ReplicaCounts(isPair ? _targets[0].Replicas : 0, _targets[^1].Replicas),
            new ReplicaCounts(isPair ? _sides[0].Ledger.Live : 0, _sides[^1].Ledger.Live),
            isPair ? ClampRoleOf(0, isOff, _problem.MinPrefillReplicas) : ClampRole.Absent,
            ClampRoleOf(_sides.Length - 1, isOff, _problem.MinDecodeReplicas),
            _ledger.BudgetWatts,
            _ledger.GpuBudget is { } gpus ? (int)Math.Min(gpus, int.MaxValue) : null,
            nonGpuWattsPerGpu: _problem.NonGpuWattsPerGpu));
        if (_options.OverBudgetPolicy != OverBudgetPolicy.ScaleDown && answer.Reason == ClampReason.PowerBudgetInfeasible)
        {
            if (_isPlanTargeted)
            {
                StayOverBudget();
                if (!isOff)
                {
                    _infeasibility = new Infeasibility(InfeasibleReason.PowerBudgetInfeasible, "The smallest fleet is above the budget with the GPUs that its replicas turn out to have.", null, null);
                }
            }

            return;
        }

        _report.Clamped(answer, isPair ? _targets[0].Replicas : null, _targets[^1].Replicas);
        if (isPair)
        {
            _targets[0] = _targets[0] with { Replicas = answer.Prefill ?? _targets[0].Replicas };
        }

        _targets[^1] = _targets[^1] with { Replicas = answer.Decode ?? _targets[^1].Replicas };
        if (_plan is { } plan && _isPlanTargeted)
        {
            _plan = Clamped(plan);
            _estimatedTokensPerSecond = _plan.ThroughputTokensPerSecond;
            _isAdopted = true;
            _areThresholdsDue = true;

            // The clamped counts are nobody's best: should a sweep find the full plan again, it is a better one.
            _history.Clear();
        }
    }

    private ClampRole ClampRoleOf(int side, bool withFloors, int minimum) =>
        new(_sides[side].Ledger.GpusPerReplica, TargetCap(side, withFloors), minimum);

    private PowerPlan Clamped(PowerPlan plan)
    {
        var prefill = IsAggregated ? 0 : _targets[0].Replicas;
        var decode = _targets[^1].Replicas;
        var throughput = decode * plan.RequestsPerSecondPerDecodeReplica;
        if (plan.RequestsPerSecondPerPrefillReplica is { } rate)
        {
            throughput = Math.Min(throughput, prefill * rate);
        }

        return plan with
        {
            PrefillReplicas = prefill,
            DecodeReplicas = decode,
            ThroughputRequestsPerSecond = throughput,
            ThroughputTokensPerSecond = throughput * ((long)plan.Isl + plan.Osl),
            TotalWatts = TargetWatts(withFloors: true),
            TotalGpus = TargetGpus(),
        };
    }

    private async ValueTask MoveAsync(TickKind kind, TimeSpan now, CancellationToken cancellationToken)
    {
        if (!_hasTargets || _options.Advisory || !_ledger.IsKnown)
        {
            Advise();
            return;
        }

        if ((_isAdopted || (kind == TickKind.Start && !_isRestored)) && !Transition.IsComplete(_targets))
        {
            // Before the first command, so that a transition that is cut short is still known to be one.
            _transitionSince = now;
        }

        if (kind == TickKind.Tick)
        {
            DecideProbes();
        }

        _sentGeneration = 0;
        PlanThresholds();
        if (_desk.IsNew)
        {
            // What falls, before the fleet does. What frontends missed earlier is no part of this transition and waits for its steps.
            await SendThresholdsAsync(cancellationToken).ConfigureAwait(false);
        }

        await StepAsync(now, cancellationToken).ConfigureAwait(false);
        SettleProbes();

        var isComplete = Transition.IsComplete(_targets);
        if (isComplete)
        {
            _report.Converged(_transitionSince is { } since ? now - since : _isAdopted ? TimeSpan.Zero : null, _targets);
            _transitionSince = null;
        }

        _report.Converging(_transitionSince is { } started && now - started > _options.ConvergenceTimeout, now - (_transitionSince ?? now), _ledger, _targets);
        if (isComplete || _desk.Current is null)
        {
            _desk.Loosen();
        }

        await SendThresholdsAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask StepAsync(TimeSpan now, CancellationToken cancellationToken)
    {
        _report.Rolling(_ledger);
        try
        {
            await Transition.StepAsync(_targets, canGrow: _isFleetRead, now, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Persist();
        }
    }

    /// <summary>Tries caps upward where a side draws all that its cap allows, and takes them back where that proved nothing.</summary>
    private void DecideProbes()
    {
        if (IsDisabled || _transitionSince is not null || _isAdopted || !_isPlanTargeted || _reading.Window is null || _answer is not { } answer)
        {
            return;
        }

        for (var i = 0; i < _sides.Length; i++)
        {
            var side = _sides[i];
            var cap = side.Ledger.EffectiveCapWatts;
            var input = new CapProbeInput
            {
                Reading = side.Reading.Kind,
                WattsPerGpu = side.Reading.WattsPerGpu,
                CapWatts = cap,
                Requests = _reading.Requests,
                LatencyRatio = LatencyRatio(side, answer),
                Utilization = side.Reading.Utilization,
                IsPlannedUncapped = side.IsPlannedUncapped,
                RoomWattsPerGpu = Room(side),
                MaxCapWatts = side.Ledger.CapLimits?.MaxWatts,
            };
            side.Probe = side.Probe.Advance(input, _feedback, out var decision);
            switch (decision.Action)
            {
                case CapProbeAction.Raise:
                    side.FormerCapWatts = cap;
                    _targets[i] = _targets[i] with { CapWatts = decision.CapWatts };
                    _report.ProbeRaised(side.Role, cap, decision.CapWatts);
                    break;
                case CapProbeAction.Keep:
                    Keep(side, decision.CapWatts, answer);
                    break;
                case CapProbeAction.Undo:
                    _targets[i] = _targets[i] with { CapWatts = decision.CapWatts };
                    _report.ProbeUndone(side.Role, decision.CapWatts, side.Probe.PauseTicks);
                    break;
                default:
                    break;
            }
        }
    }

    private void Keep(Side side, int capWatts, in OperatingPointAnswer answer)
    {
        var (kind, power) = side.Role switch
        {
            FleetRole.Prefill => (CorrectionKind.PowerPrefill, answer.PrefillPower),
            FleetRole.Decode => (CorrectionKind.PowerDecode, answer.DecodePower),
            _ => (CorrectionKind.PowerAggregated, answer.AggregatedPower!.Value),
        };
        _corrections = _corrections.AtLeast(kind, capWatts / power.Watts);
        _report.ProbeKept(side.Role, capWatts);
    }

    private double? LatencyRatio(Side side, in OperatingPointAnswer answer)
    {
        var ttft = ReadingGuard.WithoutQueueingMs(_reading.TtftMs, _reading.QueueingMs) / answer.TtftMs;
        var itl = _reading.ItlMs / answer.ItlMs;
        return side.Role switch
        {
            FleetRole.Prefill => ttft,
            FleetRole.Decode => itl,
            _ => ttft is { } t && itl is { } i ? Math.Max(t, i) : ttft ?? itl,
        };
    }

    private int? Room(Side side)
    {
        if (_ledger.BudgetWatts is not { } budget)
        {
            return null;
        }

        var gpus = Math.Max(1, side.Ledger.ChargedGpus);
        return (int)Math.Clamp((budget - _ledger.ChargedWatts) / gpus, 0, int.MaxValue);
    }

    /// <summary>A raise that could not be written ends its probe.</summary>
    private void SettleProbes()
    {
        for (var i = 0; i < _sides.Length; i++)
        {
            var side = _sides[i];
            if (side.FormerCapWatts == 0)
            {
                continue;
            }

            var ledger = side.Ledger;
            var isWritten = ledger.State?.EffectiveCapWatts == ledger.Expected(_targets[i].CapWatts!.Value) || ledger.PendingCap.IsAccepted;
            if (!isWritten)
            {
                side.Probe = side.Probe.WriteFailed();
                _targets[i] = _targets[i] with { CapWatts = side.FormerCapWatts };
            }

            side.FormerCapWatts = 0;
        }
    }

    /// <summary>The thresholds of the plan, with what the workers report now.</summary>
    private void PlanThresholds()
    {
        if (_options.AdmissionMode == AdmissionMode.Off || _plan is not { } plan || !_isPlanTargeted)
        {
            return;
        }

        var prefill = _sides[0];
        var tokens = prefill.Reading.MaxBatchedTokens;
        if (_options.AdmissionMode != AdmissionMode.Autoset)
        {
            return;
        }

        _areThresholdsDue |= _desk.Final is null;

        var layout = (_problem.PrefillEngine ?? _problem.AggregatedEngine)!.Layout;
        var implied = new ImpliedUtilization(Math.Min(1, plan.ThetaDecode), plan.ThetaPrefillFraction);
        var next = _options.AdmissionPolicy.Apply(implied, plan.DecodeBatch, layout.AttentionDataParallel * layout.PipelineParallel, tokens);
        if (tokens is null)
        {
            if (!_areThresholdsDue)
            {
                // Not knowing is no reason to send anything: what frontends have was right when it was sent.
                return;
            }

            _counters = _counters with { MaxBatchedTokensUnavailable = _counters.MaxBatchedTokensUnavailable + 1 };
        }

        _report.MaxBatchedTokens(tokens);
        _desk.Plan(next);
        _areThresholdsDue = false;
    }

    private async ValueTask SendThresholdsAsync(CancellationToken cancellationToken)
    {
        if (_options.AdmissionMode != AdmissionMode.Autoset || _desk.Current is not { } thresholds || _sentGeneration == _desk.Generation)
        {
            return;
        }

        var isNew = _desk.IsNew;
        _sentGeneration = _desk.Generation;
        _desk.FannedOut();
        _counters = _counters with { NoFrontends = _counters.NoFrontends + (_desk.Count == 0 ? 1 : 0) };
        _report.Frontends(_desk.Count);
        _desk.CollectBehind(_behind);
        if (_behind.Count == 0)
        {
            return;
        }

        _failed.Clear();
        foreach (var frontend in _behind)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var command = new SetThresholdsCommand(frontend, thresholds, _desk.Generation) { Delay = isNew ? TimeSpan.Zero : ResendDelay(frontend) };
            if (!await SendThresholdsAsync(command, cancellationToken).ConfigureAwait(false))
            {
                _failed.Add(frontend);
            }
        }

        _counters = _counters with
        {
            PartialAdmission = _counters.PartialAdmission + _failed.Count,
            FailedAdmission = _counters.FailedAdmission + (_failed.Count == _desk.Count ? 1 : 0),
        };
        _report.ThresholdsSent(thresholds, _behind.Count, _failed, _desk.Count);
    }

    /// <summary>A part of the tick's first quarter, another one for each frontend and on each tick; the rest of the tick is left for the write.</summary>
    private TimeSpan ResendDelay(string frontend) =>
        _options.Tick * (ResendWindow * Jitter.Share(_report.Deployment, frontend, _desk.Generation, _time.GetUtcNow().UtcTicks));

    private async ValueTask<bool> SendThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken)
    {
        var frontend = command.Frontend;
        using var span = _report.StartStep(CommandKind.SetThresholds, frontend, value: null);
        Exception? failure = null;
        try
        {
            var answer = await _actuator.SetThresholdsAsync(command, cancellationToken).ConfigureAwait(false);
            if (answer?.Name != frontend)
            {
                throw new InvalidOperationException($"The actuator answered for the frontend '{answer?.Name}' instead of '{frontend}'.");
            }

            _desk.Answered(answer);
        }
        catch (Exception exception) when (!IsCancellation(exception, cancellationToken))
        {
            failure = exception;
            span.Fail(exception.Message);
        }

        _writer.Record(new CommandResult { Kind = CommandKind.SetThresholds, Frontend = frontend, Thresholds = command.Thresholds, Succeeded = failure is null }, failure);
        return failure is null;
    }

    private void OnSent(CommandResult command, Exception? failure)
    {
        if (failure is not null)
        {
            _counters = _counters with { FailedCommands = _counters.FailedCommands + 1 };
        }

        if (command is { Succeeded: true, Role: { } role })
        {
            // A change that the actuator has confirmed just now: windows that end later straddle it.
            foreach (var side in _sides)
            {
                side.Changes = side.Role == role ? side.Changes.Add(Now) : side.Changes;
            }
        }

        _report.CommandSent(command, failure);
    }

    private void Advise()
    {
        if (_options.Advisory && _hasTargets)
        {
            _report.Advised(_ledger, _targets);
        }
    }
}
