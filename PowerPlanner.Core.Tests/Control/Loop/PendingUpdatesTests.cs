using PowerPlanner.Control.Loop;

namespace PowerPlanner.Tests.Control.Loop;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PendingUpdatesTests
{
    private readonly PendingUpdates _updates = new();

    [Test]
    public void Nothing_has_come_at_first() => Assert.That(_updates.Take(), Is.EqualTo(default(PendingUpdates.Update)));

    [Test]
    public void Everything_that_came_is_taken_once()
    {
        _updates.SetBudget(5000);
        _updates.SetProblem(ControlBench.Unit);
        _updates.Reset();

        Assert.That(_updates.Take(), Is.EqualTo(new PendingUpdates.Update(true, 5000, ControlBench.Unit, true)));

        var next = _updates.Take();
        Assert.That((next.HasBudget, next.Problem, next.Reset), Is.EqualTo((false, (object?)null, false)));
    }

    [Test]
    public void Of_several_budgets_the_last_one_counts()
    {
        _updates.SetBudget(5000);
        _updates.SetBudget(null);

        Assert.That(_updates.Take(), Is.EqualTo(new PendingUpdates.Update(true, null, null, false)), "no budget is one too");
    }

    [Test]
    public void A_reset_that_is_taken_by_itself_leaves_the_rest()
    {
        _updates.SetBudget(5000);
        _updates.Reset();

        Assert.That((_updates.TakeReset(), _updates.TakeReset()), Is.EqualTo((true, false)));
        Assert.That(_updates.Take(), Is.EqualTo(new PendingUpdates.Update(true, 5000, null, false)));
    }
}
