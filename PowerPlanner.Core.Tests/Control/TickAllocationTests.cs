using Microsoft.Extensions.Logging.Abstractions;
using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Control;

/// <summary>A tick without a sweep costs one status and nothing else: fleets have thousands of controllers.</summary>
[NonParallelizable]
internal sealed class TickAllocationTests
{
    private const int Ticks = 200;

    // The status that a tick hands out is an object of its own; half a KiB is what it and everything around it may take.
    private const long MostBytes = 512;

    [Test]
    public async Task A_tick_without_a_sweep_allocates_at_most_half_a_kibibyte([Values] DeploymentMode mode, [Values(AdmissionMode.Off, AdmissionMode.Autoset)] AdmissionMode admission)
    {
        var role = new RoleObservation { ScheduledTokens = 5000, PowerWattsPerGpu = 250, MaxBatchedTokens = 8192 };
        var observation = new Observation
        {
            Duration = TimeSpan.FromSeconds(60),
            Requests = 10,
            TtftMs = 50,
            ItlMs = 10,
            TokensPerSecond = 100,
            TotalWatts = 5000,
            Prefill = role,
            Decode = role,
            Aggregated = role,
        };
        using var bench = new ControlBench(
            mode == DeploymentMode.Aggregated ? Aggregated() : null,
            new ControlOptions { AdmissionMode = admission },
            logger: NullLogger.Instance);
        bench.Fleet.SetObservation(observation);
        await bench.Start();
        await bench.Ticks(50, observation);

        // Everything below completes at once, so that it stays on this thread.
        var thread = Environment.CurrentManagedThreadId;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Ticks; i++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(60));
        }

        var clock = GC.GetAllocatedBytesForCurrentThread() - before;
        before = GC.GetAllocatedBytesForCurrentThread();
        var swept = false;
        for (var i = 0; i < Ticks; i++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(60));
            swept |= (await bench.Controller.TickAsync()).Swept;
        }

        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before - clock) / Ticks;
        TestContext.Out.WriteLine($"{mode}, admission {admission}: {bytes} bytes a tick");
        Assert.That((swept, Environment.CurrentManagedThreadId), Is.EqualTo((false, thread)));
        Assert.That(bytes, Is.LessThanOrEqualTo(MostBytes));
    }

    private static PlanningProblem Aggregated() => ControlBench.Unit with
    {
        Mode = DeploymentMode.Aggregated,
        PrefillEngine = null,
        DecodeEngine = null,
        AggregatedEngine = new PlanningEngine(new FixedPerformanceModel(50, 10, 50_000), new EngineLayout(8)),
    };
}
