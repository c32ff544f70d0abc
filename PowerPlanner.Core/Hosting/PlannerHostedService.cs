using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PowerPlanner.Control;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Hosting;

/// <summary>Runs one planner's loop for as long as its host runs. A host that starts has read its tables; the first sweep comes after.</summary>
internal sealed class PlannerHostedService(IServiceProvider services, PlannerDeployment deployment) : BackgroundService, IHostedLifecycleService
{
    private PowerPlannerController? _controller;
    private BudgetFollower? _follower;

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        // Here, not in the loop: a host whose tables or adapters are missing must not look started.
        await deployment.PrepareAsync(cancellationToken).ConfigureAwait(false);
        _controller = services.GetRequiredKeyedService<PowerPlannerController>(deployment.Name);
        var factory = services.GetRequiredService<IOptionsFactory<PowerPlannerOptions>>();
        var changes = services.GetServices<IOptionsChangeTokenSource<PowerPlannerOptions>>();
        var logger = GuardedLogger.Around(services.GetService<ILogger<PowerPlannerController>>());
        _follower = new BudgetFollower(
            deployment.Name,
            deployment.Options,
            () => factory.Create(deployment.OptionsName),
            changes.Where(source => source.Name == deployment.OptionsName),
            _controller.UpdateBudget,
            logger);
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _follower?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _controller!.RunAsync(stoppingToken);
}
