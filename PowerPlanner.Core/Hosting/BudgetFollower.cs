using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Hosting;

/// <summary>
/// Takes over what may change while a planner runs: the budget, which facilities do change, and nothing else. Other fields feed models,
/// coefficients and hysteresis that are only right together; they wait for a restart, and a message says so.
/// </summary>
/// <remarks>
/// Options are made anew on each change and refused as a whole where they are invalid: a typing error in a file must neither stop the loop nor
/// lift its budget. That is why this does not use <c>IOptionsMonitor.OnChange</c>, which is silent then.
/// </remarks>
internal sealed class BudgetFollower : IDisposable
{
    private readonly Lock _lock = new();
    private readonly string _deployment;
    private readonly PowerPlannerOptions _started;
    private readonly Func<PowerPlannerOptions> _create;
    private readonly Action<long?> _updateBudget;
    private readonly ILogger _logger;
    private readonly ImmutableArray<IDisposable> _registrations;
    private long? _budgetWatts;
    private string _waiting = string.Empty;

    /// <summary>Begins to follow.</summary>
    /// <param name="deployment">Name of the deployment.</param>
    /// <param name="started">The options that the controller was made of.</param>
    /// <param name="create">Makes and validates the options as they are now.</param>
    /// <param name="changes">What tells of changes.</param>
    /// <param name="updateBudget">Takes a new budget, W.</param>
    /// <param name="logger">Where messages go; must not throw.</param>
    public BudgetFollower(
        string deployment, PowerPlannerOptions started, Func<PowerPlannerOptions> create, IEnumerable<IOptionsChangeTokenSource<PowerPlannerOptions>> changes, Action<long?> updateBudget, ILogger logger)
    {
        _deployment = deployment;
        _started = started;
        _create = create;
        _updateBudget = updateBudget;
        _logger = logger;
        _budgetWatts = started.TotalGpuPowerLimitWatts;
        _registrations = [.. changes.Select(source => ChangeToken.OnChange(source.GetChangeToken, Follow))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    // Runs on whatever thread changed the configuration, which must not pay for what is wrong here.
    private void Follow()
    {
        lock (_lock)
        {
            try
            {
                TakeOver(_create());
            }
            catch (Exception exception)
            {
                _logger.OptionsRefused(_deployment, exception.Message);
            }
        }
    }

    private void TakeOver(PowerPlannerOptions changed)
    {
        if (changed.TotalGpuPowerLimitWatts != _budgetWatts)
        {
            _updateBudget(changed.TotalGpuPowerLimitWatts);
            _logger.BudgetTakenOver(_deployment, _budgetWatts, changed.TotalGpuPowerLimitWatts);
            _budgetWatts = changed.TotalGpuPowerLimitWatts;
        }

        var waiting = string.Join(", ", OptionDifferences.Between(_started, changed).Where(field => field != "totalGpuPowerLimitWatts"));
        if (waiting != _waiting && waiting.Length > 0)
        {
            _logger.RestartNeeded(_deployment, waiting);
        }

        _waiting = waiting;
    }
}
