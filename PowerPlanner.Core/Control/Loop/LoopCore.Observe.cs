using PowerPlanner.Control.Sweeps;
using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopCore
{
    // More commands than a process can have on the wire that the fleet has not seen yet: what a new process sends outranks them.
    private const int RevisionsOnTheWire = 1024;

    /// <summary>Takes a tick's inputs in: what others changed, the fleet, the observation; learns; and asks for a sweep where one is due.</summary>
    private SweepQuestion? Observe(ref LoopState state, in LoopInput input)
    {
        state = state with { Tick = new TickState { Kind = input.Tick } };
        ReadFleet(ref state, input.Fleet);
        var isUrgent = TakeUpdates(ref state, input.Update);
        var clock = state.Learnt.Clock;
        ReadObservation(ref state, input.Observation);
        if (input.Tick != TickKind.Tick)
        {
            // Ticks are in order among themselves only: the first may come at the very instant of the start, and its window is still its own.
            state = state with { Learnt = state.Learnt with { Clock = clock } };
        }

        isUrgent |= HasRangeChanged(ref state);
        state = state with { Tick = state.Tick with { IsUrgent = isUrgent } };
        if (input.Tick == TickKind.Tick)
        {
            Learn(ref state);
        }

        state = state with { Fleet = state.Fleet.WithoutPeak() };
        return IsSweepDue(ref state) ? Question(state) : null;
    }

    private void ReadFleet(ref LoopState state, FleetState? fleet)
    {
        var now = state.Now;
        state = state with { Fleet = state.Fleet with { First = state.Fleet.First.Unseen(now), Second = state.Fleet.Second.Unseen(now) } };
        for (var i = 0; fleet is not null && i < state.Fleet.Count; i++)
        {
            if (fleet.Of(state.Fleet[i].Role) is { } role)
            {
                ReadRole(ref state, i, role);
            }
        }

        var isRead = state.Fleet.IsSeen;
        var learnt = state.Learnt with { UnreadTicks = isRead ? 0 : Math.Min(state.Learnt.UnreadTicks, int.MaxValue - 1) + 1, LastRead = isRead ? now : state.Learnt.LastRead };
        state = state with { Learnt = learnt, Tick = state.Tick with { IsFleetRead = isRead } };
        if (fleet is not null)
        {
            state = state with { Desk = state.Desk.Reading(fleet.Frontends.IsDefault ? [] : fleet.Frontends) };
        }
    }

    private void ReadRole(ref LoopState state, int index, RoleState read)
    {
        var before = state.Fleet[index];
        var asked = Math.Max(Math.Max(before.Live, before.CommandedReplicas), state.Targets.Exist ? state.Targets[index].Replicas : 0);
        var role = before.Accepting(read);

        // A process before this one may have sent commands that nobody remembers and that still are on the wire: what is sent now is newer.
        var revision = before.IsRead ? read.Revision : Math.Max(read.Revision, state.Fleet.Revision) + RevisionsOnTheWire;
        state = state with { Fleet = state.Fleet.With(index, role) with { Revision = Math.Max(state.Fleet.Revision, revision) } };
        if (!role.IsSeen)
        {
            return;
        }

        if (before.State is not null && role.Live > asked && !role.IsRolling && !_options.Advisory)
        {
            _report.ForeignReplicas(role.Role, role.Live, asked);
        }

        // Whatever changed since the last read did so at an instant that nobody knows, within the window that is about to be judged.
        var between = state.Learnt.LastRead + ((state.Now - state.Learnt.LastRead) / 2);
        state = state.WithSide(index, state.Side(index).Noting(before.State, read, between));
        _report.GpusPerReplica(role.Role, role.GpusDisagree, read.GpusPerReplica, role.PlannedGpusPerReplica);
    }

    private bool TakeUpdates(ref LoopState state, in LoopUpdate update)
    {
        var isUrgent = false;
        if (update.HasBudget && update.BudgetWatts != state.Fleet.BudgetWatts)
        {
            _report.BudgetChanged(state.Fleet.BudgetWatts, update.BudgetWatts);
            state = state with { Fleet = state.Fleet with { BudgetWatts = update.BudgetWatts } };
            isUrgent = true;
        }

        if (update.Problem is { } facts)
        {
            _report.ProblemReplaced();
            state = Facing(state, facts);
            isUrgent = true;
        }

        if (update.Reset)
        {
            TurnOn(ref state);
        }

        if (isUrgent)
        {
            state = state with { Course = state.Course.Revised() };
        }

        return isUrgent;
    }

    /// <summary>A state that is about another problem.</summary>
    public static LoopState Facing(in LoopState state, in ProblemFacts facts)
    {
        var fleet = state.Fleet with { GpuBudget = facts.GpuBudget };
        for (var i = 0; i < fleet.Count; i++)
        {
            var least = fleet[i].Role == FleetRole.Prefill ? facts.MinPrefillReplicas : facts.MinDecodeReplicas;
            fleet = fleet.With(i, fleet[i] with { NonGpuWattsPerGpu = facts.NonGpuWattsPerGpu, LeastReplicas = least });
        }

        return state with { Facts = facts, Fleet = fleet };
    }

    private bool TurnOn(ref LoopState state)
    {
        if (!state.IsDisabled)
        {
            return false;
        }

        Enable(ref state, "reset");
        state = state with { Watch = state.Watch with { IsSweepOwed = true } };
        return true;
    }

    private void ReadObservation(ref LoopState state, Observation? observation)
    {
        var reading = ObservationReader.Read(observation, _options, _report, ref state, out var isInOrder);
        if (reading.Window is not null)
        {
            for (var i = 0; i < state.Fleet.Count; i++)
            {
                // The actuator speaks for the hardware; metrics stand in where it is silent.
                var role = state.Fleet[i];
                if (role.State?.CapLimits is null && observation!.Of(role.Role)?.CapLimits is { } limits)
                {
                    state = state.WithRole(i, role with { CapLimits = limits });
                }

                var side = reading[i];
                var kind = side.IsStraddled ? PowerReadingKind.None : PowerReading.Classify(side.WattsPerGpu, side.CapWatts, _options.PowerLimitedBand, _options.MeterAccuracy);
                reading = reading.With(i, side with { Kind = kind, Utilization = Utilization(state, reading, i) });
            }
        }

        state = state with { Tick = state.Tick with { Reading = reading, IsInOrder = isInOrder } };
    }

    private static double? Utilization(in LoopState state, in TickReading reading, int index)
    {
        if (state.Course.Plan is not { } plan)
        {
            return null;
        }

        var role = state.Fleet[index];
        var rate = role.Role == FleetRole.Prefill
            ? plan.RequestsPerSecondPerPrefillReplica!.Value / state.Facts.PrefillUtilization
            : plan.RequestsPerSecondPerDecodeReplica / state.Facts.DecodeUtilization;
        var ready = reading[index].ReadyReplicas ?? role.State?.Ready ?? 0;
        return Saturation.Utilization(reading.TokensPerSecond, reading.Requests, reading.Window!.Value.Duration, (double)plan.Isl + plan.Osl, ready * rate);
    }

    private bool HasRangeChanged(ref LoopState state)
    {
        var hasChanged = false;
        for (var i = 0; i < state.Fleet.Count; i++)
        {
            hasChanged |= state.IsStarted && !Equals(state.Fleet[i].CapLimits, state.Side(i).PlannedLimits);
        }

        if (hasChanged)
        {
            _report.CapRangeChanged();
            state = state with { Course = state.Course.Revised() };
        }

        return hasChanged;
    }
}
