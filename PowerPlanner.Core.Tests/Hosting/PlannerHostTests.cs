using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PowerPlanner.Control;
using PowerPlanner.Hosting;

namespace PowerPlanner.Tests.Hosting;

/// <summary>Planners in a host that runs.</summary>
internal sealed class PlannerHostTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task A_host_runs_the_loop_of_every_planner()
    {
        var east = new SignallingSource();
        var west = new SignallingSource();
        using var host = Host((services, _) =>
        {
            services.AddPowerPlanner("east", Set).UseMetricsSource(_ => east).UseActuator<IdleActuator>();
            services.AddPowerPlanner("west", Set).UseMetricsSource(_ => west).UseActuator<IdleActuator>();
        });

        await host.StartAsync();

        await Task.WhenAll(east.Asked, west.Asked).WaitAsync(Patience);
        await host.StopAsync().WaitAsync(Patience);
    }

    [Test]
    public async Task A_planner_with_a_journal_path_leaves_a_journal_that_replays()
    {
        var folder = Directory.CreateTempSubdirectory("journal");
        try
        {
            var source = new SignallingSource();
            using (var host = Host((services, _) => services.AddPowerPlanner("east/1", options =>
                   {
                       Set(options);
                       options.JournalPath = folder.FullName;
                   }).UseMetricsSource(_ => source).UseActuator<IdleActuator>()))
            {
                await host.StartAsync();
                await source.Asked.WaitAsync(Patience);
                await host.StopAsync().WaitAsync(Patience);
            }

            await using var journal = File.OpenRead(Path.Combine(folder.FullName, "east%2F1.jsonl"));
            Assert.That(DecisionReplay.Run(journal), Has.Property("IsEqual").True.And.Property("Parts").EqualTo(1));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public void A_controller_is_resolved_by_the_name_of_its_planner()
    {
        using var host = Host((services, _) =>
        {
            services.AddPowerPlanner("east", Set).UseMetricsSource<IdleMetricsSource>().UseActuator<IdleActuator>();
            services.AddPowerPlanner("west", Set).UseMetricsSource<IdleMetricsSource>().UseActuator<IdleActuator>();
        });

        var names = new[] { "east", "west" }.Select(name => host.Services.GetRequiredKeyedService<PowerPlannerController>(name).Name);

        Assert.That(names, Is.EqualTo(new[] { "east", "west" }));
    }

    [Test]
    public void The_planner_without_a_name_is_resolved_with_and_without_a_key()
    {
        using var host = Host((services, _) => services.AddPowerPlanner(Set).UseMetricsSource<IdleMetricsSource>().UseActuator<IdleActuator>());

        Assert.That(
            host.Services.GetRequiredService<PowerPlannerController>(),
            Is.SameAs(host.Services.GetRequiredKeyedService<PowerPlannerController>(PowerPlannerServiceCollectionExtensions.DefaultName)));
    }

    [Test]
    public void Adapters_without_a_key_serve_the_only_planner()
    {
        using var host = Host((services, _) =>
        {
            services.AddSingleton<IMetricsSource, IdleMetricsSource>().AddSingleton<IActuator, IdleActuator>();
            services.AddPowerPlanner("east", Set);
        });

        Assert.That(host.Services.GetRequiredKeyedService<PowerPlannerController>("east").Name, Is.EqualTo("east"));
    }

    [Test]
    public void Two_planners_on_one_actuator_keep_the_host_from_starting()
    {
        using var host = Host((services, _) =>
        {
            services.AddSingleton<IActuator, IdleActuator>();
            services.AddPowerPlanner("east", Set).UseMetricsSource<IdleMetricsSource>();
            services.AddPowerPlanner("west", Set).UseMetricsSource<IdleMetricsSource>();
        });

        Assert.That(
            () => host.StartAsync(),
            Throws.InvalidOperationException.With.Message.StartsWith("Planners 'east' and 'west' share one actuator, IdleActuator: each needs its own."));
    }

    [Test]
    public async Task A_budget_that_changes_in_the_configuration_reaches_the_controller()
    {
        IConfigurationRoot? configuration = null;
        using var host = Host((services, manager) =>
        {
            manager.AddInMemoryCollection([new("Planner:totalGpuPowerLimitWatts", "40000")]);
            configuration = (IConfigurationRoot)manager;
            services.AddPowerPlanner("east", manager.GetSection("Planner")).UseMetricsSource<IdleMetricsSource>().UseActuator<IdleActuator>();
            services.Configure<PowerPlannerOptions>("east", Set);
        });
        await host.StartAsync();
        var controller = host.Services.GetRequiredKeyedService<PowerPlannerController>("east");

        configuration!["Planner:totalGpuPowerLimitWatts"] = "9000";
        configuration.Reload();
        await controller.StartAsync();
        var status = await controller.TickAsync();

        Assert.That(status.BudgetWatts, Is.EqualTo(9_000));
        await host.StopAsync();
    }

    [Test]
    public async Task An_invalid_change_of_the_configuration_leaves_a_running_planner_as_it_is()
    {
        IConfigurationRoot? configuration = null;
        using var host = Host((services, manager) =>
        {
            manager.AddInMemoryCollection([new("Planner:totalGpuPowerLimitWatts", "40000")]);
            configuration = (IConfigurationRoot)manager;
            services.AddLogging(logging => logging.AddFakeLogging());
            services.AddPowerPlanner("east", manager.GetSection("Planner")).UseMetricsSource<IdleMetricsSource>().UseActuator<IdleActuator>();
            services.Configure<PowerPlannerOptions>("east", Set);
        });
        await host.StartAsync();
        var controller = host.Services.GetRequiredKeyedService<PowerPlannerController>("east");

        configuration!["Planner:totalGpuPowerLimitWatts"] = "-9000";

        // The host's own option monitor, which validates too, tells whoever reloads; the planner only refuses.
        Assert.That(configuration.Reload, Throws.Exception);
        Assert.That((await controller.TickAsync()).BudgetWatts, Is.EqualTo(40_000));
        Assert.That(host.Services.GetFakeLogCollector().GetSnapshot().Select(record => (record.Id.Id, record.Category)), Does.Contain((703, typeof(PowerPlannerController).FullName)));
        await host.StopAsync();
    }

    private static void Set(PowerPlannerOptions options)
    {
        var sample = OptionSamples.Disaggregated();
        options.Isl = sample.Isl;
        options.Osl = sample.Osl;
        options.PrefillEngine = sample.PrefillEngine;
        options.DecodeEngine = sample.DecodeEngine;
        options.Performance = sample.Performance;
        options.TickSeconds = 1;
    }

    private static IHost Host(Action<IServiceCollection, IConfigurationManager> register)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        register(builder.Services, builder.Configuration);
        return builder.Build();
    }

    private sealed class SignallingSource : IMetricsSource
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public ValueTask<Observation?> ObserveAsync(CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            return ValueTask.FromResult<Observation?>(null);
        }
    }
}
