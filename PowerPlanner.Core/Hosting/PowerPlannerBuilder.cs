using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using PowerPlanner.Control;
using PowerPlanner.Performance;

namespace PowerPlanner.Hosting;

/// <summary>What a host adds to a planner that it has registered: adapters and performance models. Used while services are registered; not thread-safe.</summary>
public sealed class PowerPlannerBuilder
{
    private readonly PlannerSetup _setup;

    internal PowerPlannerBuilder(IServiceCollection services, PlannerSetup setup)
    {
        Services = services;
        _setup = setup;
    }

    /// <summary>Name of the deployment, and key of its services.</summary>
    public string Name => _setup.Name;

    /// <summary>Where the planner is registered.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Sets where observations come from.</summary>
    /// <typeparam name="T">The source; a singleton of this planner, made with the host's services.</typeparam>
    public PowerPlannerBuilder UseMetricsSource<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>()
        where T : class, IMetricsSource
    {
        Services.AddKeyedSingleton<IMetricsSource, T>(Name);
        return this;
    }

    /// <summary>Sets where observations come from.</summary>
    /// <param name="create">Makes the source.</param>
    public PowerPlannerBuilder UseMetricsSource(Func<IServiceProvider, IMetricsSource> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Services.AddKeyedSingleton(Name, (services, _) => create(services));
        return this;
    }

    /// <summary>Sets what carries plans out.</summary>
    /// <typeparam name="T">The actuator; a singleton of this planner, made with the host's services.</typeparam>
    public PowerPlannerBuilder UseActuator<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>()
        where T : class, IActuator
    {
        Services.AddKeyedSingleton<IActuator, T>(Name);
        return this;
    }

    /// <summary>Sets what carries plans out.</summary>
    /// <param name="create">Makes the actuator.</param>
    public PowerPlannerBuilder UseActuator(Func<IServiceProvider, IActuator> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Services.AddKeyedSingleton(Name, (services, _) => create(services));
        return this;
    }

    /// <summary>Sets one performance model for every engine, instead of what <see cref="PowerPlannerOptions.Performance"/> picks; that must then be null.</summary>
    /// <param name="model">The model; safe to ask from any thread.</param>
    public PowerPlannerBuilder UsePerformanceModel(IPerformanceModel model) => UsePerformanceModels(model, model);

    /// <summary>Sets a performance model for each role of a disaggregated deployment; <see cref="PowerPlannerOptions.Performance"/> must then be null.</summary>
    /// <param name="prefill">Performance of prefill engines.</param>
    /// <param name="decode">Performance of decode engines.</param>
    public PowerPlannerBuilder UsePerformanceModels(IPerformanceModel prefill, IPerformanceModel decode)
    {
        ArgumentNullException.ThrowIfNull(prefill);
        ArgumentNullException.ThrowIfNull(decode);
        _setup.PrefillModel = prefill;
        _setup.DecodeModel = decode;
        return this;
    }

    /// <summary>Names the folders that performance options of kind <c>aic</c> read, and those of kind <c>roofline</c> for models that are not built in.</summary>
    /// <param name="systemsDirectory">AIC's <c>systems</c> folder; null = none.</param>
    /// <param name="modelsDirectory">Folder of configurations named <c>Org--Name_config.json</c>; null = none.</param>
    public PowerPlannerBuilder UseAicTables(string? systemsDirectory, string? modelsDirectory)
    {
        _setup.SystemsDirectory = systemsDirectory;
        _setup.ModelsDirectory = modelsDirectory;
        return this;
    }
}
