using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Chaos;

/// <summary>What one controller reaches the fleet through: every call is audited, and any may be its last.</summary>
internal sealed class ChaosHands(InMemoryFleet fleet, FleetAudit audit, TimeProvider time) : IActuator, IMetricsSource
{
    private int _calls;
    private bool _isDead;

    public enum Stop
    {
        None,
        CancelBefore,
        CancelAfter,
        CancelAndLoseAnswer,
        DieBefore,
        DieAfter,
    }

    /// <summary>Whether the controller may rely on it that a replaced cap comes no more. It never does; one that is not told has to reckon with it.</summary>
    public required bool FencesByRevision { get; init; }

    /// <summary>Token of the tick under way.</summary>
    public CancellationTokenSource? Tick { get; private set; }

    /// <summary>Takes the controller's snapshot where its process dies.</summary>
    public required Func<string> Snapshot { get; init; }

    /// <summary>The snapshot as of the death; null while alive.</summary>
    public string? LastWords { get; private set; }

    private Stop _stop;
    private int _stopAt;
    private bool _isFresh;
    private bool _isRead;

    public CancellationToken Begin(Stop stop, int atCall)
    {
        Tick?.Dispose();
        Tick = new CancellationTokenSource();
        _calls = 0;
        _isFresh = false;
        _isRead = false;
        _stop = stop;
        _stopAt = atCall;
        return Tick.Token;
    }

    public void Die()
    {
        LastWords ??= Snapshot();
        _isDead = true;
    }

    public async ValueTask<Observation?> ObserveAsync(CancellationToken cancellationToken)
    {
        var stop = Enter();
        var observation = await Finish(fleet.ObserveAsync(cancellationToken));
        Leave(stop);
        return observation;
    }

    public async ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken)
    {
        var stop = Enter();
        var state = await Finish(fleet.ReadAsync(cancellationToken));
        Leave(stop);
        _isRead = Array.TrueForAll(audit.Roles, role => state.Of(role) is not null);
        audit.Show(state);
        if (ReferenceEquals(state, fleet.State) && audit.HiddenRoles.Count == 0)
        {
            // All of it, and not what was once read, but what is.
            audit.WasRead(state);
            _isFresh = true;
        }
        else if (Array.Exists(audit.Roles, role => state.Of(role) is { Revision: 0 }))
        {
            // Before the first command nothing tells an old state from a new one.
            audit.Mislead();
        }

        return state;
    }

    public ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken) =>
        CommandAsync(CommandKind.SetCap, command.Role, command.CapWatts, command.Revision, () => fleet.SetCapAsync(command, cancellationToken));

    public ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken) =>
        CommandAsync(CommandKind.SetReplicas, command.Role, command.Replicas, command.Revision, () => fleet.SetReplicasAsync(command, cancellationToken));

    public async ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken)
    {
        var stop = Enter();
        fleet.ClearCommands();
        try
        {
            var state = await Finish(fleet.SetThresholdsAsync(command, cancellationToken));
            Leave(stop);
            return state;
        }
        finally
        {
            if (fleet.Commands is [{ Outcome: CommandOutcome.NoChange }] && _isFresh)
            {
                audit.Fail($"Thresholds of generation {command.Generation} were sent to {command.Frontend}, which has them.");
            }
        }
    }

    private async ValueTask<RoleState> CommandAsync(CommandKind kind, FleetRole role, int value, long revision, Func<ValueTask<RoleState>> send)
    {
        // The controller has charged the command by now, whatever happens to it.
        if (!_isDead)
        {
            audit.Sending(kind, role, value, revision, _isRead);
        }

        bool? isAnswered = null;
        RoleState? answer = null;
        CommandOutcome? outcome = null;
        var hasReached = !_isDead;
        try
        {
            fleet.ClearCommands();
            var stop = Enter();
            var state = await Finish(send());
            Leave(stop);
            isAnswered = true;
            answer = state;
            return state;
        }
        catch (CommandRefusedException)
        {
            isAnswered = false;
            throw;
        }
        finally
        {
            if (hasReached)
            {
                outcome = fleet.Commands is [var command] ? command.Outcome : null;
                audit.Sent(kind, role, value, revision, isAnswered, answer, outcome, _isFresh, time.GetUtcNow());
            }
        }
    }

    private Stop Enter()
    {
        if (_isDead)
        {
            throw new IOException("This process is dead.");
        }

        var stop = _stop != Stop.None && _calls++ == _stopAt ? _stop : Stop.None;
        switch (stop)
        {
            case Stop.CancelBefore:
                Tick!.Cancel();
                break;
            case Stop.DieBefore:
                Die();
                Tick!.Cancel();
                Tick.Token.ThrowIfCancellationRequested();
                break;
        }

        return stop;
    }

    private void Leave(Stop stop)
    {
        switch (stop)
        {
            case Stop.CancelAfter:
                Tick!.Cancel();
                break;
            case Stop.CancelAndLoseAnswer:
                Tick!.Cancel();
                Tick.Token.ThrowIfCancellationRequested();
                break;
            case Stop.DieAfter:
                Die();
                Tick!.Cancel();
                Tick.Token.ThrowIfCancellationRequested();
                break;
        }
    }

    // What hangs does so until its tick is cancelled.
    private ValueTask<T> Finish<T>(ValueTask<T> call)
    {
        if (!call.IsCompleted)
        {
            Tick!.Cancel();
        }

        return call;
    }
}
