using System.Collections.Frozen;
using PowerPlanner.Control;

namespace PlannerHost.Nvml;

/// <summary>The engines of a machine that somebody else has started and that the planner does not start or stop: all their GPUs count as serving. Immutable.</summary>
/// <param name="roles">Replicas and GPUs of each, role by role.</param>
internal sealed class FixedReplicas(IReadOnlyDictionary<FleetRole, (int Replicas, int GpusPerReplica)> roles) : IActuator
{
    private readonly FrozenDictionary<FleetRole, RoleState> _roles = roles.ToFrozenDictionary(
        role => role.Key,
        role => new RoleState { Ready = role.Value.Replicas, GpusPerReplica = role.Value.GpusPerReplica });

    /// <inheritdoc/>
    public ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(new FleetState { Prefill = Of(FleetRole.Prefill), Decode = Of(FleetRole.Decode), Aggregated = Of(FleetRole.Aggregated) });
    }

    /// <inheritdoc/>
    public ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken) => throw new CommandRefusedException($"Cap of {command.CapWatts} W for {command.Role}: nothing here sets caps.");

    /// <inheritdoc/>
    public ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken) =>
        Of(command.Role) is { } role && role.Ready == command.Replicas
            ? ValueTask.FromResult(role)
            : throw new CommandRefusedException($"{command.Replicas} replicas of {command.Role}: the engines of this machine ({Of(command.Role)?.Ready ?? 0}) are not started or stopped by the planner.");

    /// <inheritdoc/>
    public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) =>
        throw new CommandRefusedException($"Thresholds for '{command.Frontend}': another adapter speaks to frontends.");

    private RoleState? Of(FleetRole role) => _roles.GetValueOrDefault(role);
}
