using k8s;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using PlannerHost.Frontends;
using PlannerHost.Kubernetes;
using PlannerHost.Nvml;
using PlannerHost.Prometheus;
using PowerPlanner.Diagnostics;
using PowerPlanner.Hosting;

namespace PlannerHost.Hosting;

/// <summary>Builds the host from its configuration: <c>appsettings.json</c>, then environment variables, then the command line.</summary>
internal static class PlannerApplication
{
    /// <summary>The switch by which every deployment only advises, whatever its configuration says.</summary>
    public const string AdvisorySwitch = "--advisory";

    /// <summary>Builds the host; nothing is read or sent before it starts.</summary>
    /// <param name="args">The command line: <c>--advisory</c>, and settings such as <c>--Host:SnapshotFolder=/var/lib/planner</c>.</param>
    /// <param name="configure">Changes services or configuration before they are read; for tests.</param>
    /// <exception cref="InvalidOperationException">The configuration cannot be read; the message says where and why.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args.Where(arg => arg != AdvisorySwitch).ToArray());
        builder.Logging.ClearProviders();
        builder.Logging.AddJsonConsole(console =>
        {
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "O";
        });

        // Probes come every few seconds and would bury the planner's own lines; a configuration may ask for them all the same.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddFleetAdapters();
        configure?.Invoke(builder);
        CheckTop(builder.Configuration);

        var deployments = builder.Configuration.GetSection("Deployments").GetChildren().Select(section => section.Key).ToList();
        if (deployments.Count == 0)
        {
            throw new InvalidOperationException("Deployments: none is configured; give at least one, as Deployments:NAME:Planner and so on.");
        }

        if (args.Contains(AdvisorySwitch))
        {
            builder.Configuration.AddInMemoryCollection(deployments.Select(name => KeyValuePair.Create($"Deployments:{name}:Planner:advisory", (string?)"true")));
        }

        var options = StrictSection.Read(new PlannerHostOptions(), builder.Configuration.GetSection("Host"));
        var api = StrictSection.Read(new KubernetesApiOptions(), builder.Configuration.GetSection("Kubernetes"));
        if (options.Violations().Concat(api.Violations()).ToList() is { Count: > 0 } violations)
        {
            throw new InvalidOperationException(string.Join("; ", violations));
        }

        builder.WebHost.UseUrls(options.ListenAddress.ToString());
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<IKubernetes>(_ => api.CreateClient());
        var settings = deployments.ConvertAll(name => DeploymentSettings.Read(builder.Configuration, name));
        foreach (var twins in settings.Where(deployment => deployment.HasLease).GroupBy(deployment => $"{deployment.Lease.Namespace}/{deployment.Lease.Name}").Where(group => group.Count() > 1))
        {
            throw new InvalidOperationException($"Deployments {string.Join(" and ", twins.Select(deployment => deployment.Name))} share the lease {twins.Key}; one would keep the other from acting. Give each a Lease:Name of its own.");
        }

        foreach (var deployment in settings)
        {
            AddDeployment(builder.Services, deployment);
        }

        builder.Services.AddHostedService<SnapshotKeeper>();
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(PlannerInstruments.MeterName).AddPrometheusExporter());

        var app = builder.Build();
        app.MapHealth();
        app.MapPrometheusScrapingEndpoint("/metrics");
        return app;
    }

    private static void AddDeployment(IServiceCollection services, DeploymentSettings settings)
    {
        var name = settings.Name;
        services.AddKeyedSingleton(name, settings);
        services.AddSingleton(provider => new HostedDeployment(provider, name));
        services.AddLeadership(settings);
        services.AddKeyedSingleton(name, (provider, _) => new CompositeActuator(CreateFleet(provider, settings), CreateFrontends(provider, settings)));
        services.AddPowerPlanner(name, settings.Section.GetSection("Planner"))
            .UseActuator(provider => new LeaderGuard(provider.GetRequiredKeyedService<CompositeActuator>(name), provider.GetRequiredKeyedService<ILeadership>(name)))
            .UseMetricsSource(provider => new PrometheusMetricsSource(
                settings.Prometheus,
                provider.GetRequiredKeyedService<CompositeActuator>(name).ServingGpus,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<PrometheusMetricsSource>>()));
        if (settings.Adapter == FleetAdapters.Kubernetes)
        {
            services.AddKubernetes(settings);
        }
        else if (settings.Adapter == FleetAdapters.Nvml)
        {
            services.AddSingleton<IValidateOptions<PowerPlannerOptions>>(new NvmlPlannerRules(HostedDeployment.OptionsNameOf(name), settings.Nvml));
        }
    }

    private static PowerPlanner.Control.IActuator CreateFleet(IServiceProvider services, DeploymentSettings settings)
    {
        if (settings is { Adapter: FleetAdapters.None, IsAdvisory: false })
        {
            throw new InvalidOperationException($"Deployments:{settings.Name}:Adapter: none, which can only advise; name an adapter, or start with {AdvisorySwitch}.");
        }

        var create = services.GetKeyedService<FleetAdapterFactory>(settings.Adapter)
            ?? throw new InvalidOperationException($"Deployments:{settings.Name}:Adapter: '{settings.Adapter}' is not an adapter of this host; {FleetAdapters.None}, {FleetAdapters.Kubernetes} and {FleetAdapters.Nvml} are.");
        return create(services, settings.Name, settings.Section);
    }

    private static FrontendAdapter? CreateFrontends(IServiceProvider services, DeploymentSettings settings)
    {
        var directory = settings.Frontends.Endpoints.Count > 0 ? new FixedFrontends(settings.Frontends) : services.GetKeyedService<IFrontendDirectory>(settings.Name);
        return directory is null ? null : new FrontendAdapter(settings.Frontends, directory, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<FrontendAdapter>>());
    }

    // Files and the command line are this host's alone; the environment is everybody's, and may hold anything.
    private static void CheckTop(IConfigurationManager configuration)
    {
        foreach (var provider in ((IConfigurationRoot)configuration).Providers.Where(provider => provider is JsonConfigurationProvider or CommandLineConfigurationProvider))
        {
            foreach (var key in provider.GetChildKeys([], parentPath: null))
            {
                StrictSection.CheckTop(key, "Host", "Prometheus", "Kubernetes", "Deployments", "Logging", "Kestrel", "AllowedHosts", "environment", "applicationName", "contentRoot", "webRoot", "urls");
            }
        }
    }
}
