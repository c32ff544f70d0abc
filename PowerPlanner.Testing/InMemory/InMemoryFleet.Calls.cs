using System.Globalization;
using PowerPlanner.Control;

namespace PowerPlanner.Testing.InMemory;

// What a controller calls, and how faults answer it.
public sealed partial class InMemoryFleet
{
    /// <inheritdoc/>
    public ValueTask<Observation?> ObserveAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Observation?>(cancellationToken);
        }

        lock (_lock)
        {
            Settle();
            var fault = _faults.Strike(FleetFaultTarget.Observations);
            if (fault is null or { Kind: FleetFaultKind.TakeEffectLate })
            {
                _lastObservation = _observations.TryDequeue(out var queued) ? queued : _observation;
                return new ValueTask<Observation?>(_lastObservation);
            }

            return FailToRead(fault, _lastObservation, "observation", cancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FleetState>(cancellationToken);
        }

        lock (_lock)
        {
            Settle();
            var fault = _faults.Strike(FleetFaultTarget.Reads);
            if (fault is null or { Kind: FleetFaultKind.TakeEffectLate })
            {
                _lastState = CurrentState();
                return new ValueTask<FleetState>(_lastState);
            }

            return FailToRead(fault, _lastState ?? CurrentState(), "state", cancellationToken);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="CommandRefusedException">The fleet has no such role, the cap is below 1 W, a newer cap was carried out, or a fault says so.</exception>
    public ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken)
    {
        var machine = Find(command.Role);
        var refusal = machine is null
            ? $"The fleet has no {command.Role} replicas."
            : command.CapWatts < 1 ? string.Create(CultureInfo.InvariantCulture, $"A cap of {command.CapWatts} W was asked for {command.Role}; it must be at least 1 W.") : null;
        return CarryOutAsync(
            new RecordedCommand(default, CommandKind.SetCap, command.Role, null, command.CapWatts, null, command.Revision, default, 0, 0),
            FleetFaultTarget.Caps,
            refusal,
            () => machine!.State,
            () => machine!.SetCap(command.CapWatts, _time.GetTimestamp(), command.Revision),
            cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="CommandRefusedException">The fleet has no such role, the count is negative, a newer count was carried out, or a fault says so.</exception>
    public ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken)
    {
        var machine = Find(command.Role);
        var refusal = machine is null
            ? $"The fleet has no {command.Role} replicas."
            : command.Replicas < 0 ? string.Create(CultureInfo.InvariantCulture, $"{command.Replicas} {command.Role} replicas were asked for; it must be at least 0.") : null;
        return CarryOutAsync(
            new RecordedCommand(default, CommandKind.SetReplicas, command.Role, null, command.Replicas, null, command.Revision, default, 0, 0),
            FleetFaultTarget.Replicas,
            refusal,
            () => machine!.State,
            () => machine!.SetReplicas(command.Replicas, _time.GetTimestamp(), command.Revision),
            cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="CommandRefusedException">There is no such frontend, or a fault says so.</exception>
    public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken)
    {
        FrontendMachine? machine;
        lock (_lock)
        {
            machine = FindFrontend(command.Frontend);
        }

        return CarryOutAsync(
            new RecordedCommand(default, CommandKind.SetThresholds, null, command.Frontend, 0, command.Thresholds, command.Generation, default, 0, 0) { Delay = command.Delay },
            FleetFaultTarget.Admission,
            machine is null ? Unknown(command.Frontend) : null,
            () => machine!.State,
            () => machine!.Set(command.Thresholds, command.Generation),
            cancellationToken);
    }

    private ValueTask<T> CarryOutAsync<T>(RecordedCommand command, FleetFaultTarget target, string? refusal, Func<T> read, Func<bool> apply, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellationToken);
        }

        lock (_lock)
        {
            Settle();
            refusal ??= Overtaken(command);
            if (refusal is not null)
            {
                Record(command, CommandOutcome.Refused);
                return ValueTask.FromException<T>(new CommandRefusedException(refusal));
            }

            var fault = _faults.Strike(target, command.Frontend);
            if (fault is null)
            {
                Apply(command, apply, answered: true);
                return new ValueTask<T>(read());
            }

            switch (fault.Kind)
            {
                case FleetFaultKind.Refuse:
                    Record(command, CommandOutcome.Refused);
                    return ValueTask.FromException<T>(new CommandRefusedException($"An injected fault refuses {Describe(command)}."));
                case FleetFaultKind.Throw:
                    Record(command, CommandOutcome.Failed);
                    return ValueTask.FromException<T>(new IOException($"An injected fault ends {Describe(command)}."));
                case FleetFaultKind.Hang:
                    Record(command, CommandOutcome.Failed);
                    return HangAsync<T>(cancellationToken);
                case FleetFaultKind.ApplyThenTimeOut:
                    Apply(command, apply, answered: false);
                    return ValueTask.FromException<T>(new TimeoutException($"An injected fault loses the answer to {Describe(command)}."));
                case FleetFaultKind.AnswerStale:
                    var before = read();
                    Apply(command, apply, answered: false);
                    return new ValueTask<T>(before);
                default:
                    Supersede(command);
                    Record(command, CommandOutcome.Delayed);
                    _delayed.Add(new DelayedEffect(command, _time.GetTimestamp() + (long)(fault.Delay.TotalSeconds * _time.TimestampFrequency), apply));
                    Settle();
                    return new ValueTask<T>(read());
            }
        }
    }

    private void Apply(in RecordedCommand command, Func<bool> apply, bool answered)
    {
        Supersede(command);
        var before = Charge();
        var changed = apply();
        _state = null;
        Record(command, !answered ? CommandOutcome.AppliedUnanswered : changed ? CommandOutcome.Applied : CommandOutcome.NoChange, before);
    }

    private string? Overtaken(RecordedCommand command) =>
        command.Role is { } role
        && (Find(role) is { } machine && machine.IsOvertaken(command.Kind, command.Revision)
            || _delayed.Exists(effect => effect.Command.Kind == command.Kind && effect.Command.Role == role && effect.Command.Revision > command.Revision))
            ? string.Create(CultureInfo.InvariantCulture, $"Revision {command.Revision} of {Describe(command)} is older than one that was answered.")
            : null;

    // A newer command that was taken on makes older ones that are still on their way void.
    private void Supersede(in RecordedCommand command)
    {
        var (kind, role, frontend) = (command.Kind, command.Role, command.Frontend);
        _delayed.RemoveAll(effect => effect.Command.Kind == kind && effect.Command.Role == role && effect.Command.Frontend == frontend);
    }

    private void Record(in RecordedCommand command, CommandOutcome outcome, long? chargeBefore = null)
    {
        var after = Charge();
        _peakWatts = Math.Max(_peakWatts, after);
        _commands.Add(command with { Time = _time.GetUtcNow(), Outcome = outcome, ChargedWattsBefore = chargeBefore ?? after, ChargedWattsAfter = after });
    }

    private static string Describe(in RecordedCommand command) => command.Kind switch
    {
        CommandKind.SetCap => string.Create(CultureInfo.InvariantCulture, $"the cap of {command.Value} W for {command.Role}"),
        CommandKind.SetReplicas => string.Create(CultureInfo.InvariantCulture, $"the count of {command.Value} {command.Role} replicas"),
        _ => $"the thresholds for frontend '{command.Frontend}'",
    };

    private static ValueTask<T> FailToRead<T>(FleetFault fault, T last, string what, CancellationToken cancellationToken) => fault.Kind switch
    {
        FleetFaultKind.AnswerStale => new ValueTask<T>(last),
        FleetFaultKind.Hang => HangAsync<T>(cancellationToken),
        FleetFaultKind.Refuse => ValueTask.FromException<T>(new InvalidOperationException($"An injected fault refuses the {what}.")),
        FleetFaultKind.ApplyThenTimeOut => ValueTask.FromException<T>(new TimeoutException($"An injected fault loses the {what}.")),
        _ => ValueTask.FromException<T>(new IOException($"An injected fault ends the {what}.")),
    };

    private static async ValueTask<T> HangAsync<T>(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        throw new OperationCanceledException(cancellationToken);
    }
}
