using PowerPlanner.Control;

namespace PlannerHost.Kubernetes;

/// <summary>
/// Lets commands through while this host leads, and refuses them from the moment it does not. Reads pass: a host in waiting may look.
/// </summary>
/// <remarks>
/// A command that is on its way when the term ends is cancelled and counts as uncertain. The lease's duration must leave time for such a
/// stray request: it ends at the latest with the request's time limit.
/// </remarks>
internal sealed class LeaderGuard(IActuator inner, ILeadership leadership) : IActuator
{
    /// <inheritdoc/>
    public bool FencesByRevision => inner.FencesByRevision;

    /// <inheritdoc/>
    public ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken) => inner.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken) =>
        LedAsync(FormattableString.Invariant($"Cap of {command.CapWatts} W for {command.Role}"), token => inner.SetCapAsync(command, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken) =>
        LedAsync(FormattableString.Invariant($"{command.Replicas} replicas of {command.Role}"), token => inner.SetReplicasAsync(command, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) =>
        LedAsync($"Thresholds for '{command.Frontend}'", token => inner.SetThresholdsAsync(command, token), cancellationToken);

    private async ValueTask<T> LedAsync<T>(string what, Func<CancellationToken, ValueTask<T>> command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var ended = leadership.Ended;
        if (!leadership.IsLeader || ended.IsCancellationRequested)
        {
            throw new CommandRefusedException($"{what}: this host does not lead the deployment; another one may.");
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ended);
        try
        {
            return await command(either.Token);
        }
        catch (OperationCanceledException cancelled) when (ended.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LeadershipLostException($"{what}: this host lost its leadership while the command was on its way; it may have taken effect.", cancelled);
        }
    }
}
