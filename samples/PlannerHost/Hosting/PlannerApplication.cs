using OpenTelemetry.Metrics;
using PlannerHost.Frontends;
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
        builder.Services.AddKeyedSingleton<FleetAdapterFactory>("none", (_, _) => (_, _, _) => new UnseenFleet());
        configure?.Invoke(builder);

        var deployments = builder.Configuration.GetSection("Deployments").GetChildren().Select(section => section.Key).ToList();
        if (deployments.Count == 0)
        {
            throw new InvalidOperationException("Deployments: none is configured; give at least one, as Deployments:NAME:Planner and so on.");
        }

        if (args.Contains(AdvisorySwitch))
        {
            builder.Configuration.AddInMemoryCollection(deployments.Select(name => KeyValuePair.Create($"Deployments:{name}:Planner:advisory", (string?)"true")));
        }

        var options = Read(new PlannerHostOptions(), builder.Configuration.GetSection("Host"));
        if (options.Violations().ToList() is { Count: > 0 } violations)
        {
            throw new InvalidOperationException(string.Join("; ", violations));
        }

        builder.WebHost.UseUrls(options.ListenAddress.ToString());
        builder.Services.AddSingleton(options);
        foreach (var name in deployments)
        {
            AddDeployment(builder, name);
        }

        builder.Services.AddHostedService<SnapshotKeeper>();
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(PlannerInstruments.MeterName).AddPrometheusExporter());

        var app = builder.Build();
        app.MapHealth();
        app.MapPrometheusScrapingEndpoint("/metrics");
        return app;
    }

    private static void AddDeployment(WebApplicationBuilder builder, string name)
    {
        var section = builder.Configuration.GetSection("Deployments").GetSection(name);

        // What all deployments share of Prometheus, its address above all, stands once beside them.
        var prometheus = Read(Read(new PrometheusOptions(), builder.Configuration.GetSection("Prometheus")), section.GetSection("Prometheus"));
        var frontends = Read(new FrontendOptions(), section.GetSection("Frontends"));
        builder.Services.AddSingleton(services => new HostedDeployment(services, name));
        builder.Services.AddKeyedSingleton(name, (services, _) => new CompositeActuator(CreateFleet(services, name, section), CreateFrontends(services, name, frontends)));
        builder.Services.AddPowerPlanner(name, section.GetSection("Planner"))
            .UseActuator(services => services.GetRequiredKeyedService<CompositeActuator>(name))
            .UseMetricsSource(services => new PrometheusMetricsSource(
                prometheus,
                services.GetRequiredKeyedService<CompositeActuator>(name).ServingGpus,
                services.GetRequiredService<TimeProvider>(),
                services.GetRequiredService<ILogger<PrometheusMetricsSource>>()));
    }

    private static PowerPlanner.Control.IActuator CreateFleet(IServiceProvider services, string name, IConfigurationSection section)
    {
        var kind = section["Adapter"] ?? "none";
        if (kind == "none" && !new HostedDeployment(services, name).Options.Advisory)
        {
            throw new InvalidOperationException($"Deployments:{name}:Adapter: none, which can only advise; name an adapter, or start with {AdvisorySwitch}.");
        }

        var create = services.GetKeyedService<FleetAdapterFactory>(kind)
            ?? throw new InvalidOperationException($"Deployments:{name}:Adapter: '{kind}' is not an adapter of this host.");
        return create(services, name, section);
    }

    private static FrontendAdapter? CreateFrontends(IServiceProvider services, string name, FrontendOptions options)
    {
        var directory = options.Endpoints.Count > 0 ? new FixedFrontends(options) : services.GetKeyedService<IFrontendDirectory>(name);
        return directory is null ? null : new FrontendAdapter(options, directory, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<FrontendAdapter>>());
    }

    // A field that nobody reads is a typing error with consequences: a budget that is not one.
    private static T Read<T>(T options, IConfigurationSection section)
        where T : class
    {
        section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        return options;
    }
}
