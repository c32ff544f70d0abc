using System.Globalization;
using PowerPlanner.Control;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>
/// Between a controller and a simulated fleet: checks after every single command what must hold then, and that no command asks for what the
/// controller has been told is in effect and has commanded last (I5): a new process commands everything once, and what somebody else has changed back
/// still follows the newest command.
/// </summary>
internal sealed class WatchedActuator(SimulatedFleet fleet, InvariantWatch watch) : IActuator
{
    private readonly Dictionary<FleetRole, RoleState> _told = [];
    private readonly Dictionary<(FleetRole, CommandKind), int> _answered = [];
    private readonly Dictionary<string, FrontendState> _frontends = new(StringComparer.Ordinal);

    public bool FencesByRevision => fleet.FencesByRevision;

    public async ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken)
    {
        var state = await fleet.ReadAsync(cancellationToken).ConfigureAwait(false);
        foreach (var role in (FleetRole[])[FleetRole.Prefill, FleetRole.Decode])
        {
            Tell(role, state.Of(role));
        }

        foreach (var frontend in state.Frontends)
        {
            _frontends[frontend.Name] = frontend;
        }

        return state;
    }

    public async ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken)
    {
        if (IsNewest(command.Role, CommandKind.SetCap, command.CapWatts) && _told.TryGetValue(command.Role, out var told) && told.EffectiveCapWatts == (told.CapLimits?.Clamp(command.CapWatts) ?? command.CapWatts))
        {
            watch.Report(string.Create(CultureInfo.InvariantCulture, $"I5: the cap of {command.Role} is {told.EffectiveCapWatts} W, and {command.CapWatts} W was asked for"));
        }

        return await SendAsync(command.Role, CommandKind.SetCap, command.CapWatts, fleet.SetCapAsync(command, cancellationToken)).ConfigureAwait(false);
    }

    public async ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken)
    {
        if (IsNewest(command.Role, CommandKind.SetReplicas, command.Replicas) && _told.TryGetValue(command.Role, out var told) && told.Ready + told.Starting == command.Replicas)
        {
            watch.Report(string.Create(CultureInfo.InvariantCulture, $"I5: {command.Role} has {command.Replicas} replicas, and as many were asked for"));
        }

        watch.CheckCount(command.Role, command.Replicas);
        return await SendAsync(command.Role, CommandKind.SetReplicas, command.Replicas, fleet.SetReplicasAsync(command, cancellationToken)).ConfigureAwait(false);
    }

    public async ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken)
    {
        if (_frontends.TryGetValue(command.Frontend, out var told)
            && told.AcknowledgedGeneration == command.Generation
            && told.Thresholds is { } has
            && has == command.Thresholds with { PrefillTokensThreshold = command.Thresholds.PrefillTokensThreshold ?? has.PrefillTokensThreshold })
        {
            watch.Report($"I5: frontend '{command.Frontend}' has acknowledged these thresholds, and they were sent again");
        }

        return _frontends[command.Frontend] = await fleet.SetThresholdsAsync(command, cancellationToken).ConfigureAwait(false);
    }

    private bool IsNewest(FleetRole role, CommandKind kind, int value) => _answered.TryGetValue((role, kind), out var newest) && newest == value;

    private async ValueTask<RoleState> SendAsync(FleetRole role, CommandKind kind, int value, ValueTask<RoleState> call)
    {
        try
        {
            var answer = await call.ConfigureAwait(false);
            Tell(role, answer);
            _answered[(role, kind)] = value;
            return answer;
        }
        catch
        {
            watch.NoteFailedWrite();
            _answered.Remove((role, kind));
            throw;
        }
        finally
        {
            watch.CheckCommand(fleet.Machine.Commands[^1]);
        }
    }

    private void Tell(FleetRole role, RoleState? state)
    {
        if (state is not null)
        {
            _told[role] = state;
        }
    }
}
