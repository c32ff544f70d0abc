using PowerPlanner.Control;

namespace PlannerHost.Hosting;

/// <summary>The actuator of a host that only advises, <c>Adapter: none</c>: it sees no replica and refuses every command.</summary>
internal sealed class UnseenFleet : IActuator
{
    public ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(new FleetState());
    }

    public ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken) => throw Refusal();

    public ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken) => throw Refusal();

    public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) => throw Refusal();

    private static CommandRefusedException Refusal() => new("This host has no adapter to carry plans out (Adapter: none).");
}
