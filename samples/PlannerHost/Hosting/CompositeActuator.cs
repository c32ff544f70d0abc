using System.Collections.Concurrent;
using PlannerHost.Frontends;
using PowerPlanner.Control;

namespace PlannerHost.Hosting;

/// <summary>One actuator out of two: caps and replicas by the fleet's adapter, thresholds by the frontends'. Remembers how many GPUs serve.</summary>
/// <param name="fleet">Caps and replicas.</param>
/// <param name="frontends">Thresholds; null = whatever the fleet's adapter does about them.</param>
internal sealed class CompositeActuator(IActuator fleet, FrontendAdapter? frontends) : IActuator, IDisposable
{
    private readonly ConcurrentDictionary<FleetRole, int> _servingGpus = new();
    private bool _isDisposed;

    /// <summary>GPUs of a role's replicas that serve, as read last; null = not known. Those that start or end are not counted: their exporters may not know them.</summary>
    public int? ServingGpus(FleetRole role) => _servingGpus.TryGetValue(role, out var gpus) ? gpus : null;

    /// <inheritdoc/>
    public bool FencesByRevision => fleet.FencesByRevision;

    /// <inheritdoc/>
    public async ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken)
    {
        if (frontends is null)
        {
            return Remember(await fleet.ReadAsync(cancellationToken).ConfigureAwait(false));
        }

        var thresholds = frontends.ReadAsync(cancellationToken).AsTask();
        try
        {
            var state = Remember(await fleet.ReadAsync(cancellationToken).ConfigureAwait(false));
            return state with { Frontends = await thresholds.ConfigureAwait(false) };
        }
        finally
        {
            // A failed read of the fleet ends the call only when nothing of it is under way.
            await ((Task)thresholds).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken) =>
        Remember(command.Role, await fleet.SetCapAsync(command, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken) =>
        Remember(command.Role, await fleet.SetReplicasAsync(command, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) =>
        frontends?.SetThresholdsAsync(command, cancellationToken) ?? fleet.SetThresholdsAsync(command, cancellationToken);

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            frontends?.Dispose();
            (fleet as IDisposable)?.Dispose();
        }
    }

    private FleetState Remember(FleetState state)
    {
        foreach (var role in Enum.GetValues<FleetRole>())
        {
            Remember(role, state.Of(role));
        }

        return state;
    }

    private RoleState Remember(FleetRole role, RoleState? state)
    {
        if (state is { GpusPerReplica: { } gpus })
        {
            _servingGpus[role] = state.Ready * gpus;
        }
        else
        {
            _servingGpus.TryRemove(role, out _);
        }

        return state!;
    }
}
