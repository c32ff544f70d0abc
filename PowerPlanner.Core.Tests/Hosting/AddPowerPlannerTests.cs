using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PowerPlanner.Hosting;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Hosting;

internal sealed class AddPowerPlannerTests
{
    [Test]
    public void Invalid_options_keep_the_host_from_starting_with_all_violations_at_once()
    {
        using var host = Host(services => services.AddPowerPlanner("east", options => options.TtftMs = -1).UseMetricsSource<IdleMetricsSource>().UseActuator<IdleActuator>());

        Assert.That(
            () => host.StartAsync(),
            Throws.TypeOf<OptionsValidationException>().With.Property("Failures").EquivalentTo(new[]
            {
                "planner 'east': isl: 0; allowed: at least 1 (tokens)",
                "planner 'east': osl: 0; allowed: at least 1 (tokens)",
                "planner 'east': ttftMs: -1; allowed: a finite number greater than 0 (ms)",
                "planner 'east': prefillEngine: missing; allowed: an engine such as { \"tp\": 8 }",
                "planner 'east': decodeEngine: missing; allowed: an engine such as { \"tp\": 8 }",
                "planner 'east': performance: missing; allowed: an object such as { \"kind\": \"aic\", … }, or a model of the host's own (UsePerformanceModel)",
            }));
    }

    [Test]
    public void Violations_of_several_planners_come_together()
    {
        using var host = Host(services =>
        {
            services.AddPowerPlanner("east", options => Valid(options).Isl = 0);
            services.AddPowerPlanner("west", options => Valid(options).Osl = 0);
        });

        Assert.That(
            () => host.StartAsync(),
            Throws.TypeOf<AggregateException>().With.Message.Contains("planner 'east': isl: 0").And.Message.Contains("planner 'west': osl: 0"));
    }

    [Test]
    public void A_planner_is_validated_by_its_own_rules_alone()
    {
        using var host = Host(services =>
        {
            services.AddPowerPlanner("east", options => Valid(options).Performance = null).UsePerformanceModel(new FixedPerformanceModel(50, 10, 50_000, 603, 558));
            services.AddPowerPlanner("west", options => Valid(options));
        });
        var options = host.Services.GetRequiredService<IOptionsMonitor<PowerPlannerOptions>>();

        Assert.That((options.Get("east").Performance is null, options.Get("west").Performance is null), Is.EqualTo((true, false)));
    }

    [Test]
    public void A_missing_actuator_keeps_the_host_from_starting_and_says_what_to_register()
    {
        using var host = Host(services => services.AddPowerPlanner(options => Valid(options)).UseMetricsSource<IdleMetricsSource>());

        Assert.That(
            () => host.StartAsync(),
            Throws.InvalidOperationException.With.Message.EqualTo(
                "Planner 'default' has no actuator: call UseActuator on what AddPowerPlanner returns, or register an IActuator, keyed 'default' or for the only planner of the host."));
    }

    [Test]
    public void A_missing_metrics_source_says_what_to_register()
    {
        using var host = Host(services => services.AddPowerPlanner("east", options => Valid(options)).UseActuator<IdleActuator>());

        Assert.That(() => host.StartAsync(), Throws.InvalidOperationException.With.Message.StartsWith("Planner 'east' has no metrics source: call UseMetricsSource"));
    }

    [Test]
    public void A_file_that_is_missing_keeps_the_host_from_starting()
    {
        using var host = Host(services => services.AddPowerPlanner(options =>
        {
            Valid(options).Performance = OptionSamples.Profiled();
        }).UseMetricsSource<IdleMetricsSource>().UseActuator<IdleActuator>());

        Assert.That(() => host.StartAsync(), Throws.Exception.With.Message.Contains("prefill.csv"));
    }

    [Test]
    public void A_name_is_taken_once() =>
        Assert.That(
            () =>
            {
                var services = new ServiceCollection();
                services.AddPowerPlanner("east", _ => { });
                services.AddPowerPlanner("east", _ => { });
            },
            Throws.InvalidOperationException.With.Message.Contains("planner 'east' is registered already"));

    [Test]
    public void Options_come_from_a_section_of_the_hosts_configuration()
    {
        using var host = Host((services, configuration) =>
        {
            configuration.AddInMemoryCollection([new("Planner:isl", "3000"), new("Planner:osl", "300"), new("Planner:prefillEngine:tp", "4"), new("Planner:decodeEngine:tp", "8")]);
            services.AddPowerPlanner("east", configuration.GetSection("Planner")).UsePerformanceModel(new FixedPerformanceModel(50, 10, 50_000, 603, 558));
        });

        var options = host.Services.GetRequiredService<IOptionsMonitor<PowerPlannerOptions>>().Get("east");

        Assert.That((options.Isl, options.DecodeEngine!.Tp), Is.EqualTo((3000, 8)));
    }

    [Test]
    public void The_options_of_the_planner_without_a_name_have_none_either()
    {
        using var host = Host(services => services.AddPowerPlanner(options => Valid(options)));

        Assert.That(host.Services.GetRequiredService<IOptions<PowerPlannerOptions>>().Value.Isl, Is.EqualTo(1024));
    }

    [Test]
    public async Task A_model_of_the_hosts_own_takes_the_place_of_the_options()
    {
        var model = new FixedPerformanceModel(50, 10, 50_000, 603, 558);
        using var host = Host(services => services.AddPowerPlanner("east", options => Valid(options).Performance = null).UsePerformanceModel(model));

        var problem = await host.Services.GetRequiredKeyedService<PlannerDeployment>("east").PrepareAsync(CancellationToken.None);

        Assert.That((problem.PrefillEngine!.Model, problem.DecodeEngine!.Model), Is.EqualTo((model, model)));
    }

    [Test]
    public void A_model_of_the_hosts_own_beside_one_of_the_options_is_a_contradiction()
    {
        using var host = Host(services => services.AddPowerPlanner(options => Valid(options)).UsePerformanceModel(new FixedPerformanceModel(50, 10, 50_000, 603, 558)));

        Assert.That(() => host.StartAsync(), Throws.TypeOf<OptionsValidationException>().With.Message.Contains("performance: present"));
    }

    [Test]
    public void A_model_for_each_role_needs_two_roles()
    {
        using var host = Host(services => services.AddPowerPlanner(options =>
        {
            Valid(options).Performance = null;
            options.Mode = DeploymentMode.Aggregated;
            options.AggEngine = new EngineOptions();
        }).UsePerformanceModels(new FixedPerformanceModel(50, 10, 50_000, 603, 558), new FixedPerformanceModel(60, 10, 50_000, 603, 558)));

        Assert.That(() => host.StartAsync(), Throws.TypeOf<OptionsValidationException>().With.Message.Contains("UsePerformanceModels"));
    }

    [Test]
    public void An_adapter_has_one_owner()
    {
        var owners = new AdapterOwners();
        var actuator = new IdleActuator();
        owners.TryOwn(actuator, "east", out _);

        Assert.That((owners.TryOwn(actuator, "west", out var owner), owner), Is.EqualTo((false, "east")));
        Assert.That(owners.TryOwn(actuator, "east", out _), Is.True);
    }

    private static PowerPlannerOptions Valid(PowerPlannerOptions options)
    {
        var sample = OptionSamples.Disaggregated();
        options.Isl = sample.Isl;
        options.Osl = sample.Osl;
        options.PrefillEngine = sample.PrefillEngine;
        options.DecodeEngine = sample.DecodeEngine;
        options.Performance = sample.Performance;
        return options;
    }

    private static IHost Host(Action<IServiceCollection> register) => Host((services, _) => register(services));

    private static IHost Host(Action<IServiceCollection, IConfigurationManager> register)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        register(builder.Services, builder.Configuration);
        return builder.Build();
    }
}
