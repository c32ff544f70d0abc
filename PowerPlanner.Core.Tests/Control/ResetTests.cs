using PowerPlanner.Control;

namespace PowerPlanner.Tests.Control;

internal sealed class ResetTests
{
    [Test]
    [Property("Rule", "LIB-16-d")]
    public async Task A_reset_shows_at_once_and_sweeps_at_the_next_tick()
    {
        using var bench = new ControlBench(options: new ControlOptions { HalfOpenAfter = null });
        bench.Model.Failure = () => new InvalidOperationException("gone");
        await bench.Start();
        bench.Model.Failure = null;

        bench.Controller.Reset();
        var between = bench.Controller.Status;
        var after = await bench.Tick();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((between.IsDisabled, between.DisabledReason, between.ConsecutiveFailures, between.Swept), Is.EqualTo((false, DisabledReason.None, 0, false)));
            Assert.That((after.Swept, after.Plan is not null), Is.EqualTo((true, true)));
        }
    }

    [Test]
    public async Task A_reset_of_an_optimizer_that_is_on_changes_nothing()
    {
        using var bench = new ControlBench();
        var started = await bench.Start();

        bench.Controller.Reset();

        Assert.That(bench.Controller.Status, Is.SameAs(started));
        Assert.That((await bench.Tick()).Swept, Is.False);
    }
}
