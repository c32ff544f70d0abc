using PowerPlanner.Control;

namespace PowerPlanner.Tests.Control.Loop;

/// <summary>A fleet whose plan misses a target looks for another one once what stood in the way has eased, and no sooner than an interval after the last sweep.</summary>
internal sealed class AnotherLookTests
{
    [Test]
    public async Task A_target_that_is_met_again_is_looked_at_after_an_interval_and_not_before()
    {
        // The coefficient goes to 1.3, 65 ms, and with the second window back to 1.15, 57 ms.
        using var bench = new ControlBench(ControlBench.Unit with { TtftTargetMs = 60 });
        await bench.Start();
        await bench.Tick(Latencies(ttft: 100, itl: null));
        var missed = await bench.Controller.ReplanAsync();

        var swept = new List<bool>();
        for (var i = 0; i < 5; i++)
        {
            swept.Add((await bench.Tick(Latencies(ttft: 50, itl: null))).Swept);
        }

        Assert.That(missed.IsBestEffort);
        Assert.That(swept, Is.EqualTo(new[] { false, false, false, false, true }));
    }

    [Test]
    public async Task A_plan_that_meets_its_targets_again_is_no_best_effort_even_before_that()
    {
        using var bench = new ControlBench(ControlBench.Unit with { TtftTargetMs = 60 });
        await bench.Start();
        await bench.Tick(Latencies(ttft: 100, itl: null));
        await bench.Controller.ReplanAsync();

        await bench.Tick(Latencies(ttft: 50, itl: null));
        var status = await bench.Tick(Latencies(ttft: 50, itl: null));

        Assert.That((status.Swept, status.IsBestEffort), Is.EqualTo((false, false)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_latency_that_has_eased_and_still_misses_is_looked_at_after_an_interval(bool isItl)
    {
        // 1.3 becomes 1.21, which is 60.5 ms of 60 or 12.1 ms of 12; after that nothing is measured any more.
        using var bench = new ControlBench(ControlBench.Unit with { TtftTargetMs = 60, ItlTargetMs = 12 });
        await bench.Start();
        await bench.Tick(isItl ? Latencies(null, 20) : Latencies(100, null));
        var missed = await bench.Controller.ReplanAsync();
        await bench.Tick(isItl ? Latencies(null, 10) : Latencies(50, null));

        var swept = new List<bool>();
        for (var i = 0; i < 4; i++)
        {
            swept.Add((await bench.Tick(Latencies(null, null))).Swept);
        }

        Assert.That(missed.IsBestEffort);
        Assert.That(swept, Is.EqualTo(new[] { false, false, false, true }));
    }

    private static Observation Latencies(double? ttft, double? itl) => new() { Duration = TimeSpan.FromSeconds(60), Requests = 10, TtftMs = ttft, ItlMs = itl };
}
