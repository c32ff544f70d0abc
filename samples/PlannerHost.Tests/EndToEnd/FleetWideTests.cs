using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PlannerHost.Hosting;
using PlannerHost.Tests.Prometheus;
using PowerPlanner.Control;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;

namespace PlannerHost.Tests.EndToEnd;

/// <summary>Many deployments in one host. A measurement, not a test of the machine: it is run by hand.</summary>
[TestFixture]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class FleetWideTests
{
    private const int Deployments = 200;
    private const int TickSeconds = 10;
    private const int Ticks = 6;

    [Test]
    [Explicit("On request: measures; takes two minutes.")]
    [Platform("Linux")]
    public async Task Two_hundred_deployments_tick_on_time_on_one_core()
    {
        using var process = Process.GetCurrentProcess();
        var affinity = process.ProcessorAffinity;
        process.ProcessorAffinity = 1;
        try
        {
            // Prometheus on the same core, answering every question with one number: its work counts too.
            await using var prometheus = await FakePrometheus.StartAsync(query => FakePrometheus.Vector(query.StartsWith("time()", StringComparison.Ordinal) ? 1 : 20));
            await using var app = PlannerApplication.Build([], builder =>
            {
                builder.Configuration.AddInMemoryCollection(Enumerable.Range(0, Deployments).SelectMany(Settings)).AddInMemoryCollection(
                [
                    new("Host:ListenAddress", "http://127.0.0.1:0"), new("Prometheus:Endpoints:0", prometheus.Address.ToString()),
                ]);
                builder.Logging.ClearProviders();
                builder.Services.AddKeyedSingleton<FleetAdapterFactory>("memory", (_, _) => (_, _, _) => Fleet());
            });
            var begun = Stopwatch.GetTimestamp();
            await app.StartAsync();
            var controllers = Enumerable.Range(0, Deployments).Select(i => app.Services.GetRequiredKeyedService<PowerPlannerController>(Name(i))).ToList();
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            while (controllers.Exists(controller => controller.Status.State == ControllerState.Cold))
            {
                await timer.WaitForNextTickAsync();
            }

            var started = Stopwatch.GetElapsedTime(begun);
            var last = controllers.ConvertAll(controller => controller.Status.Time);
            var gaps = new List<double>();
            var end = TimeSpan.FromSeconds(TickSeconds * (Ticks + 1));
            process.Refresh();
            var used = process.TotalProcessorTime;
            begun = Stopwatch.GetTimestamp();
            var first = new HashSet<int>();
            while (Stopwatch.GetElapsedTime(begun) < end)
            {
                await timer.WaitForNextTickAsync();
                for (var i = 0; i < Deployments; i++)
                {
                    var time = controllers[i].Status.Time;
                    if (time != last[i])
                    {
                        // The first one after the start comes at a random part of a tick.
                        if (!first.Add(i))
                        {
                            gaps.Add((time - last[i]).TotalSeconds);
                        }

                        last[i] = time;
                    }
                }
            }

            process.Refresh();
            used = process.TotalProcessorTime - used;
            await app.StopAsync();
            gaps.Sort();
            TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Deployments} deployments, a tick every {TickSeconds} s, one core: all started after {started.TotalSeconds:F1} s; {gaps.Count} ticks in {end.TotalSeconds} s, gaps {gaps[0]:F2} to {gaps[^1]:F2} s, 99th percentile {gaps[gaps.Count * 99 / 100]:F2} s; {used.TotalSeconds / end.TotalSeconds:P0} of the core; {process.WorkingSet64 / 1048576} MiB"));
            Assert.That(gaps[^1], Is.LessThan(1.5 * TickSeconds), "no tick is missed");
            Assert.That(gaps, Has.Count.GreaterThanOrEqualTo(Deployments * (Ticks - 1)));
        }
        finally
        {
            process.ProcessorAffinity = affinity;
        }
    }

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"d{i:D3}");

    private static InMemoryFleet Fleet()
    {
        var limits = new GpuPowerLimits(200, 700);
        return new InMemoryFleet(new InMemoryFleetSetup
        {
            Prefill = new InMemoryRole { Replicas = 1, CapWatts = 300, CapLimits = limits },
            Decode = new InMemoryRole { Replicas = 1, CapWatts = 300, CapLimits = limits },
            Frontends = ["f1", "f2"],
        });
    }

    private static IEnumerable<KeyValuePair<string, string?>> Settings(int i) => new Dictionary<string, string?>
    {
        ["Adapter"] = "memory",
        ["Prometheus:Names:Namespace"] = "prod",
        ["Prometheus:Names:Deployment"] = Name(i),
        ["Prometheus:Names:PrefillService"] = "prefill",
        ["Prometheus:Names:DecodeService"] = "decode",
        ["Planner:isl"] = "3000",
        ["Planner:osl"] = "300",
        ["Planner:ttftMs"] = "800",
        ["Planner:itlMs"] = "60",
        ["Planner:tickSeconds"] = TickSeconds.ToString(CultureInfo.InvariantCulture),
        ["Planner:totalGpuPowerLimitWatts"] = "30000",
        ["Planner:maxGpuBudget"] = "64",
        ["Planner:admissionMode"] = "autoset",
        ["Planner:prefillEngine:tp"] = "1",
        ["Planner:decodeEngine:tp"] = "1",
        ["Planner:gpuLimits:minWatts"] = "200",
        ["Planner:gpuLimits:maxWatts"] = "700",
        ["Planner:performance:kind"] = "roofline",
        ["Planner:performance:model"] = "meta-llama/Meta-Llama-3.1-8B",
        ["Planner:performance:gpu"] = "h200_sxm",
    }.Select(setting => KeyValuePair.Create($"Deployments:{Name(i)}:{setting.Key}", setting.Value));
}
