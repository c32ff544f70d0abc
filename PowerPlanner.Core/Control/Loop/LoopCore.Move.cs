using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Planning;
using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopCore
{
    /// <summary>Ticks that an answered cap is given before it is sent again, however short the convergence timeout is: agents are not instant.</summary>
    private const int TicksToResend = 2;

    /// <summary>After all decisions, before the first command.</summary>
    private void BeginMoving(ref LoopState state)
    {
        var isResumed = state.Tick.Kind == TickKind.Start && state.IsInherited;
        state = state with { IsStarted = true, IsInherited = false };
        KeepWithinBudget(ref state);
        if (!state.Targets.Exist || _options.Advisory || !state.Fleet.IsKnown)
        {
            if (_options.Advisory && state.Targets.Exist)
            {
                _report.Advised(state.Fleet, state.Targets);
            }

            state = state with { Tick = state.Tick with { Phase = TickPhase.Publishing } };
            return;
        }

        if ((state.Tick.IsAdopted || (state.Tick.Kind == TickKind.Start && !isResumed)) && !Transition.IsComplete(state.Fleet, state.Wanted))
        {
            // Before the first command, so that a transition that is cut short is still known to be one.
            state = state with { Watch = state.Watch with { TransitionSince = state.Now } };
        }

        if (state.Tick.Kind == TickKind.Tick)
        {
            DecideProbes(ref state);
        }

        PlanThresholds(ref state);
        if (state.Desk.IsNew)
        {
            // What falls, before the fleet does. What frontends missed earlier is no part of this transition and waits for its steps.
            BeginRound(ref state);
        }

        _report.Rolling(state.Fleet);
        state = state with { Tick = state.Tick with { Phase = TickPhase.Tightening } };
    }

    /// <summary>
    /// The last line of defence: targets that no longer fit, because no sweep could replace them or because replicas turn out larger than
    /// planned, pass the clamp. The clamped counts are then the plan.
    /// </summary>
    private void KeepWithinBudget(ref LoopState state)
    {
        var isOff = state.IsDisabled || state.Watch.FailureBackoff.Failures > 0;
        var (budget, gpuBudget) = (state.Fleet.BudgetWatts, state.Fleet.GpuBudget);
        var isWithin = !(TargetWatts(state, isOff) > budget) && !(TargetGpus(state) > gpuBudget);
        if (!state.Targets.Exist || isWithin || (state.Course.IsInfeasible && !isOff))
        {
            return;
        }

        var last = state.Fleet.Count - 1;
        var isPair = last > 0;
        var answer = BudgetClamp.Apply(new ClampCase(
            new ReplicaCounts(isPair ? state.Targets.First.Replicas : 0, state.Targets[last].Replicas),
            new ReplicaCounts(isPair ? state.Fleet.First.Live : 0, state.Fleet[last].Live),
            isPair ? ClampRoleOf(state, 0, isOff, state.Facts.MinPrefillReplicas) : ClampRole.Absent,
            ClampRoleOf(state, last, isOff, state.Facts.MinDecodeReplicas),
            budget,
            gpuBudget is { } gpus ? (int)Math.Min(gpus, int.MaxValue) : null,
            nonGpuWattsPerGpu: state.Facts.NonGpuWattsPerGpu));
        if (_options.OverBudgetPolicy != OverBudgetPolicy.ScaleDown && answer.Reason == ClampReason.PowerBudgetInfeasible)
        {
            if (state.Course.IsPlanTargeted)
            {
                StayOverBudget(ref state);
                if (!isOff)
                {
                    var reason = new Sweeps.Infeasibility(InfeasibleReason.PowerBudgetInfeasible, "The smallest fleet is above the budget with the GPUs that its replicas turn out to have.", null, null);
                    state = state with { Course = state.Course with { Infeasibility = reason } };
                }
            }

            return;
        }

        _report.Clamped(answer, isPair ? state.Targets.First.Replicas : null, state.Targets[last].Replicas);
        var targets = state.Targets;
        if (isPair)
        {
            targets = targets.With(0, targets.First with { Replicas = answer.Prefill ?? targets.First.Replicas });
        }

        state = state with { Targets = targets.With(last, targets[last] with { Replicas = answer.Decode ?? targets[last].Replicas }) };
        if (state.Course.Plan is { } plan && state.Course.IsPlanTargeted)
        {
            var clamped = Clamped(state, plan);

            // The clamped counts are nobody's best: should a sweep find the full plan again, it is a better one.
            state = state with
            {
                Course = state.Course with { Plan = clamped, IsClamped = true, EstimatedTokensPerSecond = clamped.ThroughputTokensPerSecond, AreThresholdsDue = true, History = default },
                Tick = state.Tick with { IsAdopted = true },
            };
        }
    }

    private static ClampRole ClampRoleOf(in LoopState state, int index, bool withFloors, int minimum) =>
        new(state.Fleet[index].GpusPerReplica, TargetCap(state, index, withFloors), minimum);

    private static PowerPlan Clamped(in LoopState state, PowerPlan plan)
    {
        var prefill = state.IsAggregated ? 0 : state.Targets.First.Replicas;
        var decode = state.Targets[state.Fleet.Count - 1].Replicas;
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
            TotalWatts = TargetWatts(state, withFloors: true),
            TotalGpus = TargetGpus(state),
        };
    }

    /// <summary>The next command to a role, charged; null = all that is safe now has been done.</summary>
    private FleetCommand? NextCommand(ref LoopState state)
    {
        var overdue = _options.ConvergenceTimeout;
        var resend = overdue > _options.Tick * TicksToResend ? overdue : _options.Tick * TicksToResend;
        var transition = new TransitionRules(state.Tick.IsFleetRead, _options.OverBudgetPolicy == OverBudgetPolicy.ScaleDown, overdue, resend, rules.CapSettleTime, state.Now);
        var cursor = state.Tick.Cursor;
        var step = NextStep(state.Fleet, state.Wanted, transition, ref cursor);
        state = state with { Tick = state.Tick with { Cursor = cursor, Command = default } };
        if (step is not { } next)
        {
            return null;
        }

        var command = new FleetCommand(next.Role, next.Kind, next.Value, state.Fleet.Revision + 1);
        var role = state.Fleet[next.Role];
        var before = next.Kind == CommandKind.SetCap ? role.OpenCaps : role.OpenReplicas;
        state = state with { Fleet = state.Fleet.Sending(command), Tick = state.Tick with { Command = command, OpenBefore = before } };
        return command;
    }

    /// <summary>What became of the command that was sent last.</summary>
    private void Conclude(ref LoopState state, in LoopInput input)
    {
        if (state.Tick.Phase is TickPhase.Tightening or TickPhase.Loosening)
        {
            ConcludeThresholds(ref state, input);
            return;
        }

        var command = state.Tick.Command;
        var role = state.Fleet[command.Role];
        var isAnswered = input.Kind == LoopInputKind.Answered;
        role = input.Kind switch
        {
            LoopInputKind.Answered => role.Answered(command.Kind, command.Value, command.Revision, state.Now, rules.CapSettleTime, input.Role!),
            LoopInputKind.Unsent => role.Unsent(command.Kind, state.Tick.OpenBefore),
            LoopInputKind.Refused => role.Refused(command.Kind, state.Tick.OpenBefore),
            _ => role.Unanswered(command.Kind),
        };
        state = state with { Fleet = state.Fleet.Settled(command.Role, role), Tick = state.Tick with { Command = default } };
        if (input.Kind == LoopInputKind.Unsent)
        {
            return;
        }

        Record(ref state, new CommandResult { Kind = command.Kind, Role = role.Role, Value = command.Value, Succeeded = isAnswered });
        var side = state.Side(command.Role);
        if (isAnswered)
        {
            // A change that the actuator has confirmed just now: windows that end later straddle it.
            side = side with { Changes = side.Changes.Add(state.Now) };
        }
        else if (command.Kind == CommandKind.SetCap && side.Probe.IsPending && command.Value == side.Probe.TrialCapWatts)
        {
            // A raise that could not be written ends its probe.
            side = side with { Probe = side.Probe.WriteFailed() };
        }

        state = state.WithSide(command.Role, side);
    }

    private static void Record(ref LoopState state, CommandResult result) => state = state with
    {
        Tick = state.Tick with { Results = state.Tick.Results.Add(result) },
        Counters = result.Succeeded ? state.Counters : state.Counters with { FailedCommands = state.Counters.FailedCommands + 1 },
    };

    private void EndMoving(ref LoopState state)
    {
        var since = state.Watch.TransitionSince;
        var isComplete = Transition.IsComplete(state.Fleet, state.Wanted);
        if (isComplete)
        {
            _report.Converged(since is { } began ? state.Now - began : state.Tick.IsAdopted ? TimeSpan.Zero : null, state.Targets, state.Fleet.Count);
            since = null;
            state = state with { Watch = state.Watch with { TransitionSince = null } };
        }

        _report.Converging(since is { } started && state.Now - started > _options.ConvergenceTimeout, state.Now - (since ?? state.Now), state.Fleet, state.Targets);
        if (isComplete || state.Desk.Current is null)
        {
            state = state with { Desk = state.Desk.Loosened() };
        }

        BeginRound(ref state);
    }

    /// <summary>Tries caps upward where a side draws all that its cap allows, and takes them back where that proved nothing.</summary>
    private void DecideProbes(ref LoopState state)
    {
        if (state.IsDisabled || state.Watch.TransitionSince is not null || state.Tick.IsAdopted || !state.Course.IsPlanTargeted || state.Tick.Reading.Window is null || state.Course.Answer is not { } answer)
        {
            return;
        }

        for (var i = 0; i < state.Fleet.Count; i++)
        {
            var (side, role, reading) = (state.Side(i), state.Fleet[i], state.Tick.Reading[i]);
            if (state.Targets[i].CapWatts is not { } planned)
            {
                continue;
            }

            var input = new CapProbeInput
            {
                Reading = reading.Kind,
                WattsPerGpu = reading.WattsPerGpu,
                CapWatts = role.EffectiveCapWatts,
                PlannedCapWatts = planned,
                Requests = state.Tick.Reading.Requests,
                LatencyRatio = LatencyRatio(state, i, answer),
                Utilization = reading.Utilization,
                IsPlannedUncapped = side.IsPlannedUncapped,
                RoomWattsPerGpu = Room(state, i),
                MaxCapWatts = role.CapLimits?.MaxWatts,
            };
            side = side with { Probe = side.Probe.Advance(input, _feedback, out var decision) };
            state = state.WithSide(i, side);
            switch (decision.Action)
            {
                case CapProbeAction.Raise:
                    _report.ProbeRaised(role.Role, role.EffectiveCapWatts, decision.CapWatts);
                    break;
                case CapProbeAction.Keep:
                    state = state with { Targets = state.Targets.With(i, state.Targets[i] with { CapWatts = decision.CapWatts }) };
                    Keep(ref state, role.Role, decision.CapWatts, answer);
                    break;
                case CapProbeAction.Undo:
                    _report.ProbeUndone(role.Role, planned, side.Probe.PauseTicks);
                    break;
                default:
                    break;
            }
        }
    }

    private void Keep(ref LoopState state, FleetRole role, int capWatts, in OperatingPointAnswer answer)
    {
        var (kind, power) = role switch
        {
            FleetRole.Prefill => (CorrectionKind.PowerPrefill, answer.PrefillPower),
            FleetRole.Decode => (CorrectionKind.PowerDecode, answer.DecodePower),
            _ => (CorrectionKind.PowerAggregated, answer.AggregatedPower!.Value),
        };
        state = state with { Learnt = state.Learnt with { Corrections = state.Learnt.Corrections.AtLeast(kind, capWatts / power.Watts) } };
        _report.ProbeKept(role, capWatts);
    }

    private static double? LatencyRatio(in LoopState state, int index, in OperatingPointAnswer answer)
    {
        var reading = state.Tick.Reading;
        var ttft = ReadingGuard.WithoutQueueingMs(reading.TtftMs, reading.QueueingMs) / answer.TtftMs;
        var itl = reading.ItlMs / answer.ItlMs;
        return state.Fleet[index].Role switch
        {
            FleetRole.Prefill => ttft,
            FleetRole.Decode => itl,
            _ => ttft is { } t && itl is { } i ? Math.Max(t, i) : ttft ?? itl,
        };
    }

    private static int? Room(in LoopState state, int index)
    {
        if (state.Fleet.BudgetWatts is not { } budget)
        {
            return null;
        }

        var gpus = Math.Max(1, state.Fleet[index].ChargedGpus);
        return (int)Math.Clamp((budget - state.Fleet.ChargedWatts) / gpus, 0, int.MaxValue);
    }
}
