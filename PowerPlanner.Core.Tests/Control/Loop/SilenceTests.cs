namespace PowerPlanner.Tests.Control.Loop;

internal sealed class SilenceTests
{
    [Test]
    public async Task Ticks_without_a_window_are_no_windows_that_said_nothing()
    {
        using var bench = new ControlBench();
        await bench.Start();
        var learnt = (await bench.Tick(ControlBench.Quiet with { ItlMs = 15 })).Corrections;

        var status = await bench.Ticks(100, null);

        Assert.That(learnt.Itl, Is.GreaterThan(1.1));
        Assert.That(status.Corrections, Is.EqualTo(learnt));
    }
}
