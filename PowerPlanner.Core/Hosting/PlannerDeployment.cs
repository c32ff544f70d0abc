using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PowerPlanner.Control;
using PowerPlanner.Diagnostics;
using PowerPlanner.Planning;

namespace PowerPlanner.Hosting;

/// <summary>
/// Makes one deployment's controller out of a host's services. Reading tables takes time and is asynchronous, what a container asks for is
/// not: the hosted service prepares the problem first, so that no one waits. Thread-safe.
/// </summary>
internal sealed class PlannerDeployment(IServiceProvider services, PlannerSetup setup) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Lazy<PowerPlannerOptions> _options = new(() => services.GetRequiredService<IOptionsMonitor<PowerPlannerOptions>>().Get(setup.OptionsName), LazyThreadSafetyMode.PublicationOnly);
    private Task<PlanningProblem>? _problem;
    private FileDecisionJournal? _journal;

    /// <summary>Name of the deployment.</summary>
    public string Name => setup.Name;

    /// <summary>Name of its options.</summary>
    public string OptionsName => setup.OptionsName;

    /// <summary>The options that the controller is made of.</summary>
    public PowerPlannerOptions Options => _options.Value;

    /// <summary>Builds the performance models and the problem around them; once, unless it fails.</summary>
    public Task<PlanningProblem> PrepareAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_problem is null or { IsFaulted: true } or { IsCanceled: true })
            {
                _problem = setup.CreateProblemAsync(Options, services.GetService<IHostEnvironment>()?.ContentRootPath, cancellationToken).AsTask();
            }

            return _problem;
        }
    }

    /// <summary>Creates the controller. Waits for the tables where a host asks for it before it has started.</summary>
    /// <exception cref="OptionsValidationException">The options are invalid.</exception>
    /// <exception cref="InvalidOperationException">An adapter is not registered, or belongs to another planner.</exception>
    public PowerPlannerController CreateController()
    {
        var options = ControlOptionsFactory.Create(Options);
        var metrics = Adapter<IMetricsSource>("metrics source", nameof(PowerPlannerBuilder.UseMetricsSource));
        var actuator = Adapter<IActuator>("actuator", nameof(PowerPlannerBuilder.UseActuator));
        var problem = PrepareAsync(CancellationToken.None).GetAwaiter().GetResult();
        return new PowerPlannerController(problem, options, metrics, actuator, new ControllerServices
        {
            Name = Name,
            TimeProvider = services.GetService<TimeProvider>() ?? TimeProvider.System,
            Logger = services.GetService<ILogger<PowerPlannerController>>(),
            Instruments = services.GetService<PlannerInstruments>(),
            Journal = Journal(),
        });
    }

    /// <summary>Closes the journal; the container disposes what was made later, the controller among it, before.</summary>
    public void Dispose() => _journal?.Dispose();

    /// <summary>The journal that the options ask for, or the host's own for this deployment; null = none.</summary>
    private IDecisionJournal? Journal()
    {
        if (Options.JournalPath is not { } folder)
        {
            return services.GetKeyedService<IDecisionJournal>(Name);
        }

        // Names are as the host likes them; no two of them share a file.
        var path = Path.Combine(services.GetService<IHostEnvironment>()?.ContentRootPath ?? string.Empty, folder, $"{Uri.EscapeDataString(Name)}.jsonl");
        return _journal = new FileDecisionJournal(path, Options.JournalMaxBytes, Options.JournalMaxFiles);
    }

    private T Adapter<T>(string what, string method)
        where T : class
    {
        var adapter = services.GetKeyedService<T>(Name) ?? services.GetService<T>() ?? throw new InvalidOperationException(
            $"Planner '{Name}' has no {what}: call {method} on what AddPowerPlanner returns, or register an {typeof(T).Name}, keyed '{Name}' or for the only planner of the host.");
        return services.GetRequiredService<AdapterOwners>().TryOwn(adapter, Name, out var owner) ? adapter : throw new InvalidOperationException(
            $"Planners '{owner}' and '{Name}' share one {what}, {adapter.GetType().Name}: each needs its own. Call {method} on what AddPowerPlanner returns, or register an {typeof(T).Name} for each, keyed by their names.");
    }
}
