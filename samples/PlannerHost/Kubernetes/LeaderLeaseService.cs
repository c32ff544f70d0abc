namespace PlannerHost.Kubernetes;

/// <summary>
/// Runs a lease with the host. The first attempt to get it is over before any planner acts, so that a host that may lead does so from its first
/// plan on; registered before the planners, it gives the lease back after they have stopped.
/// </summary>
internal sealed class LeaderLeaseService(LeaderLease lease) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await lease.TryOnceAsync(cancellationToken);

        // From here on it is renewed: planners that start read tables, which may take longer than a term.
        await lease.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => lease.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
