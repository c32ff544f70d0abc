using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PowerPlanner.Control;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Hosting;

/// <summary>Registers planners with a host. Each has its options, its <see cref="PowerPlannerController"/> and a hosted service that runs it.</summary>
/// <remarks>
/// <para>Options are validated when the host starts; all violations come in one <see cref="OptionsValidationException"/>. While the host runs
/// only a changed <see cref="PowerPlannerOptions.TotalGpuPowerLimitWatts"/> is taken over.</para>
/// <para>A <see cref="TimeProvider"/>, an <c>ILoggerFactory</c> and an <see cref="IMeterFactory"/> are used where the host has them.</para>
/// </remarks>
public static class PowerPlannerServiceCollectionExtensions
{
    /// <summary>Name of the planner that is registered without one.</summary>
    public const string DefaultName = "default";

    /// <summary>Registers the only planner of a host, or the first; its controller is resolved with or without the key <see cref="DefaultName"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <exception cref="InvalidOperationException">It is registered already.</exception>
    public static PowerPlannerBuilder AddPowerPlanner(this IServiceCollection services, Action<PowerPlannerOptions> configure) =>
        services.AddPowerPlanner(DefaultName, configure);

    /// <summary>Registers the only planner of a host, or the first.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">The options: fields as in a file (<see cref="PowerPlannerOptionsJson"/>), in any case. Unknown fields and wrong types are refused.</param>
    /// <exception cref="InvalidOperationException">It is registered already.</exception>
    public static PowerPlannerBuilder AddPowerPlanner(this IServiceCollection services, IConfiguration section) =>
        services.AddPowerPlanner(DefaultName, section);

    /// <summary>Registers one of several planners; its controller is resolved by its name as key.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">Name of the deployment: key of its services, name of its options, label of its metrics.</param>
    /// <param name="configure">Sets the options.</param>
    /// <exception cref="InvalidOperationException">A planner of this name is registered already.</exception>
    public static PowerPlannerBuilder AddPowerPlanner(this IServiceCollection services, string name, Action<PowerPlannerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = Register(services, name, out var setup);
        services.Configure(setup.OptionsName, configure);
        return builder;
    }

    /// <summary>Registers one of several planners; its controller is resolved by its name as key.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">Name of the deployment: key of its services, name of its options, label of its metrics.</param>
    /// <param name="section">The options: fields as in a file (<see cref="PowerPlannerOptionsJson"/>), in any case. Unknown fields and wrong types are refused.</param>
    /// <exception cref="InvalidOperationException">A planner of this name is registered already.</exception>
    public static PowerPlannerBuilder AddPowerPlanner(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var builder = Register(services, name, out var setup);
        var options = new SectionOptions(setup.OptionsName, section);
        services.AddSingleton<IConfigureOptions<PowerPlannerOptions>>(options);
        services.AddSingleton<IOptionsChangeTokenSource<PowerPlannerOptions>>(options);
        return builder;
    }

    private static PowerPlannerBuilder Register(IServiceCollection services, string name, out PlannerSetup setup)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (services.Any(service => service.ServiceType == typeof(PlannerDeployment) && name.Equals(service.ServiceKey)))
        {
            throw new InvalidOperationException($"A planner '{name}' is registered already; give each AddPowerPlanner a name of its own.");
        }

        var isDefault = name == DefaultName;
        var registered = setup = new PlannerSetup(name, isDefault ? Options.DefaultName : name);
        services.AddOptions<PowerPlannerOptions>(registered.OptionsName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PowerPlannerOptions>>(registered);
        services.TryAddSingleton<AdapterOwners>();
        services.TryAddSingleton(provider => new PlannerInstruments(provider.GetService<IMeterFactory>()));
        services.AddKeyedSingleton(name, (provider, _) => new PlannerDeployment(provider, registered));
        services.AddKeyedSingleton(name, (provider, _) => provider.GetRequiredKeyedService<PlannerDeployment>(name).CreateController());
        if (isDefault)
        {
            services.AddSingleton(provider => provider.GetRequiredKeyedService<PowerPlannerController>(name));
        }

        // Not AddHostedService, which takes each type but once.
        services.AddSingleton<IHostedService>(provider => new PlannerHostedService(provider, provider.GetRequiredKeyedService<PlannerDeployment>(name)));
        return new PowerPlannerBuilder(services, registered);
    }
}
