using PowerPlanner.Control;

namespace PlannerHost.Hosting;

/// <summary>
/// Restores controllers from their snapshots before they start, writes snapshots while they run, and when they have stopped writes the last
/// ones and says what is left behind. Registered after the planners: when it starts their tables are read, when it stops their loops have ended.
/// </summary>
internal sealed class SnapshotKeeper(PlannerHostOptions options, IEnumerable<HostedDeployment> deployments, TimeProvider time, ILogger<SnapshotKeeper> logger)
    : BackgroundService, IHostedLifecycleService
{
    private readonly List<(HostedDeployment Deployment, SnapshotFile? File)> _kept =
        [.. deployments.Select(deployment => (deployment, options.SnapshotFolder is { } folder ? new SnapshotFile(folder, deployment.Name) : null))];

    private bool _isFailing;

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var (deployment, file) in _kept)
        {
            if (file is not null)
            {
                await RestoreAsync(deployment, file, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await SaveAsync(cancellationToken).ConfigureAwait(false);
        foreach (var (deployment, _) in _kept)
        {
            var status = deployment.Controller.Status;
            HostLog.LeftBehind(
                logger,
                deployment.Name,
                status.Applied.PrefillReplicas,
                status.Applied.PrefillCapWatts,
                status.Applied.DecodeReplicas,
                status.Applied.DecodeCapWatts,
                status.Applied.Thresholds,
                status.LedgerWatts,
                status.State);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.SnapshotSeconds), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                await SaveAsync(stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The way this ends; the last snapshots follow when the loops have ended.
        }
    }

    private async Task RestoreAsync(HostedDeployment deployment, SnapshotFile file, CancellationToken cancellationToken)
    {
        try
        {
            if (await file.LoadAsync(cancellationToken).ConfigureAwait(false) is not { } snapshot)
            {
                HostLog.NoSnapshot(logger, deployment.Name, file.Location);
                return;
            }

            deployment.Controller.Restore(snapshot);

            // The budget of the configuration, not the remembered one: it may have been cut while the host was down.
            deployment.Controller.UpdateBudget(deployment.Options.TotalGpuPowerLimitWatts);
            HostLog.Restored(logger, deployment.Name, file.Location, snapshot.Taken);
        }
        catch (InvalidSnapshotException exception)
        {
            HostLog.Damaged(logger, deployment.Name, exception.Message, file.PutAside());
        }
    }

    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var (deployment, file) in _kept)
            {
                // Nothing is known before the first tick, and the file may hold more than that.
                if (file is not null && deployment.Controller.Status.State != ControllerState.Cold)
                {
                    await file.SaveAsync(deployment.Controller.CreateSnapshot(), cancellationToken).ConfigureAwait(false);
                }
            }

            _isFailing = false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!_isFailing)
            {
                _isFailing = true;
                HostLog.NotSaved(logger, exception);
            }
        }
    }
}
