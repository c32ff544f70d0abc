using PowerPlanner.Control;

namespace PowerPlanner.Tests.Testing;

/// <summary>A right actuator, except for what a test breaks.</summary>
internal sealed class BrokenActuator(IActuator inner) : IActuator
{
    public Func<FleetState, FleetState>? OnRead { get; init; }

    public Func<SetCapCommand, CancellationToken, Task<RoleState>>? OnSetCap { get; init; }

    public Func<SetReplicasCommand, CancellationToken, Task<RoleState>>? OnSetReplicas { get; init; }

    public Func<SetThresholdsCommand, CancellationToken, Task<FrontendState>>? OnSetThresholds { get; init; }

    public bool? Fences { get; init; }

    public bool FencesByRevision => Fences ?? inner.FencesByRevision;

    public async ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken)
    {
        var state = await inner.ReadAsync(cancellationToken);
        return OnRead?.Invoke(state) ?? state;
    }

    public async ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken) =>
        await (OnSetCap?.Invoke(command, cancellationToken) ?? inner.SetCapAsync(command, cancellationToken).AsTask());

    public async ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken) =>
        await (OnSetReplicas?.Invoke(command, cancellationToken) ?? inner.SetReplicasAsync(command, cancellationToken).AsTask());

    public async ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) =>
        await (OnSetThresholds?.Invoke(command, cancellationToken) ?? inner.SetThresholdsAsync(command, cancellationToken).AsTask());
}
