using PowerPlanner.Control;

namespace PowerPlanner.Tests.Hosting;

/// <summary>A source that has nothing to report.</summary>
internal sealed class IdleMetricsSource : IMetricsSource
{
    public ValueTask<Observation?> ObserveAsync(CancellationToken cancellationToken) => ValueTask.FromResult<Observation?>(null);
}

/// <summary>An actuator that refuses everything.</summary>
internal sealed class IdleActuator : IActuator
{
    public ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken) => throw new IOException("no fleet");

    public ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken) => throw new CommandRefusedException("no fleet");

    public ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken) => throw new CommandRefusedException("no fleet");

    public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) => throw new CommandRefusedException("no fleet");
}
