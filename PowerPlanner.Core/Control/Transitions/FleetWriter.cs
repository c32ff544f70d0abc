using System.Collections.Immutable;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Control.Transitions;

/// <summary>
/// Sends commands one at a time, charges each before it is sent and settles it by its answer. Whatever happens to a command, the
/// ledger afterwards covers what may be in effect.
/// </summary>
internal sealed class FleetWriter(IActuator actuator, FleetLedger ledger)
{
    private ImmutableArray<CommandResult>.Builder? _results;

    /// <summary>The newest revision that was given to a command.</summary>
    public long Revision { get; set; }

    /// <summary>Called after the ledger has changed on account of a command.</summary>
    public Action? Charged { get; init; }

    /// <summary>Called before a command is sent; traces it until the span is disposed.</summary>
    public Func<FleetRole, CommandKind, int, PlannerSpan>? Sending { get; init; }

    /// <summary>Called with what became of a command, and why it failed.</summary>
    public Action<CommandResult, Exception?>? Sent { get; init; }

    /// <summary>The commands since the last call, in order.</summary>
    public ImmutableArray<CommandResult> TakeResults()
    {
        if (_results is not { Count: > 0 } results)
        {
            return [];
        }

        _results = null;
        return results.DrainToImmutable();
    }

    /// <summary>Sends one command.</summary>
    /// <returns>Whether the actuator answered.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; the command stays charged.</exception>
    public async ValueTask<bool> SendAsync(RoleLedger role, CommandKind kind, int value, TimeSpan now, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var before = kind == CommandKind.SetCap ? role.PendingCap : role.PendingReplicas;
        var revision = ++Revision;
        role.Sending(kind, value, revision, now);
        Note();
        using var span = Sending?.Invoke(role.Role, kind, value) ?? default;
        try
        {
            var state = kind == CommandKind.SetCap
                ? await actuator.SetCapAsync(new SetCapCommand(role.Role, value, revision), cancellationToken).ConfigureAwait(false)
                : await actuator.SetReplicasAsync(new SetReplicasCommand(role.Role, value, revision), cancellationToken).ConfigureAwait(false);
            RoleStates.ThrowIfImpossible(state, role.Role);
            role.Answered(kind, value, revision, now, state);
            Note();
            Record(role, kind, value, failure: null);
            return true;
        }
        catch (CommandRefusedException refused)
        {
            role.Refused(kind, before);
            Note();
            span.Fail(refused.Message);
            Record(role, kind, value, refused);
            return false;
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // It may have taken effect, or may yet: it stays charged until an answer or a newer command settles it.
            span.Fail(failure.Message);
            Record(role, kind, value, failure);
            return false;
        }
        catch (OperationCanceledException cancelled)
        {
            Record(role, kind, value, cancelled);
            throw;
        }
    }

    /// <summary>Keeps what became of thresholds that were sent elsewhere.</summary>
    public void Record(CommandResult result, Exception? failure)
    {
        (_results ??= ImmutableArray.CreateBuilder<CommandResult>()).Add(result);
        Sent?.Invoke(result, failure);
    }

    private void Record(RoleLedger role, CommandKind kind, int value, Exception? failure) =>
        Record(new CommandResult { Kind = kind, Role = role.Role, Value = value, Succeeded = failure is null }, failure);

    private void Note()
    {
        ledger.NotePeak();
        Charged?.Invoke();
    }
}
