namespace PowerPlanner.Tests.Control;

internal sealed class MeasuredOverBudgetTests
{
    // A budget of 8000 W, and meters that tremble by 2 %.
    [TestCase(8160, false)]
    [TestCase(8161, true)]
    public async Task A_draw_within_the_band_of_the_budget_is_no_excess(double watts, bool isOver)
    {
        using var bench = new ControlBench();
        await bench.Start();

        var status = await bench.Tick(ControlBench.Quiet with { TotalWatts = watts });

        Assert.That(status.IsMeasuredOverBudget, Is.EqualTo(isOver));
    }
}
