using PowerPlanner.Control;

namespace PowerPlanner.Tests.Control;

/// <summary>A target that equals what the model answers: a coefficient that comes down to 1 from above meets it only once nothing is left of what raised it.</summary>
internal sealed class LatencyAtTargetTests
{
    private static Observation Ttft(double ms) => new()
    {
        Duration = TimeSpan.FromSeconds(60),
        Requests = 1,
        TtftMs = ms,
        ItlMs = 10,
        TokensPerSecond = 1,
        Prefill = new RoleObservation { PowerWattsPerGpu = 10, ScheduledTokens = 0 },
        Decode = new RoleObservation { PowerWattsPerGpu = 10, ScheduledTokens = 0 },
    };

    [Test]
    public async Task The_fleet_rests_once_the_latency_counts_as_met()
    {
        using var bench = new ControlBench(ControlBench.Unit with { TtftTargetMs = 50 });
        await bench.Start();
        await bench.Controller.ReplanAsync();
        await bench.Tick(Ttft(100));
        await bench.Controller.ReplanAsync();
        var before = bench.Controller.Status;

        var ticks = 0;
        while (bench.Controller.Status.IsBestEffort && ticks < 200)
        {
            await bench.Tick(Ttft(50));
            ticks++;
        }

        await bench.Ticks(2, Ttft(50));
        bench.Fleet.ClearCommands();
        var status = await bench.Ticks(100, Ttft(50));

        TestContext.Out.WriteLine($"{ticks} ticks until the target counts as met");
        using (Assert.EnterMultipleScope())
        {
            // 0.3 · 0.7ⁿ is below 1e-9 from n = 55 on, and sequences of the property test must rest after 55 ticks: none of them has such a target.
            Assert.That(before.IsBestEffort);
            Assert.That(before.Corrections.Ttft, Is.EqualTo(1.3).Within(1e-12));
            Assert.That(ticks, Is.EqualTo(55));
            Assert.That(bench.Fleet.Commands, Is.Empty);
            Assert.That(status.State, Is.EqualTo(ControllerState.Watching).Or.EqualTo(ControllerState.RateLimited));
        }
    }
}
