using PowerPlanner.Control.Sweeps;
using PowerPlanner.Tests.Planning;

namespace PowerPlanner.Tests.Control.Sweeps;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PlanHistoryTests
{
    private readonly PlanHistory _history = new();

    [Test]
    public void A_plan_is_remembered()
    {
        var plan = Problems.Feasible(Problems.Unit());
        Assert.That(_history.Contains(plan), Is.False);

        _history.Add(plan);

        Assert.That(_history.Contains(plan), Is.True);
    }

    [Test]
    public void A_plan_is_the_same_to_a_fleet_whatever_was_predicted_of_it()
    {
        var plan = Problems.Feasible(Problems.Unit());
        _history.Add(plan);

        Assert.That(_history.Contains(plan with { TtftMs = 1, ThroughputRequestsPerSecond = 2, TotalWatts = 3 }), Is.True);
    }

    [Test]
    public void A_plan_with_another_count_cap_or_batch_is_another_plan()
    {
        var plan = Problems.Feasible(Problems.Unit());
        _history.Add(plan);

        Assert.That(
            new[]
            {
                plan with { PrefillReplicas = plan.PrefillReplicas + 1 },
                plan with { DecodeReplicas = plan.DecodeReplicas + 1 },
                plan with { PrefillCapWatts = plan.PrefillCapWatts + 1 },
                plan with { DecodeCapWatts = plan.DecodeCapWatts + 1 },
                plan with { DecodeBatch = plan.DecodeBatch + 1 },
            }.Select(_history.Contains),
            Is.All.False);
    }

    [Test]
    public void Eight_plans_are_remembered_and_the_ninth_takes_the_place_of_the_first()
    {
        var plan = Problems.Feasible(Problems.Unit());
        for (var batch = 1; batch <= 8; batch++)
        {
            _history.Add(plan with { DecodeBatch = batch });
        }

        Assert.That(Enumerable.Range(1, 8).Select(batch => _history.Contains(plan with { DecodeBatch = batch })), Is.All.True);

        _history.Add(plan with { DecodeBatch = 9 });

        Assert.That(_history.Contains(plan with { DecodeBatch = 1 }), Is.False);
        Assert.That(Enumerable.Range(2, 8).Select(batch => _history.Contains(plan with { DecodeBatch = batch })), Is.All.True);
    }

    [Test]
    public void What_is_cleared_is_forgotten()
    {
        var plan = Problems.Feasible(Problems.Unit());
        _history.Add(plan);

        _history.Clear();

        Assert.That(_history.Contains(plan), Is.False);
        Assert.That(_history.Export(), Is.Empty);
    }

    [TestCase(0, 0)]
    [TestCase(3, 3)]
    [TestCase(8, 8)]
    [TestCase(11, 8)]
    public void A_snapshot_has_the_plans_oldest_first(int added, int kept)
    {
        for (var i = 1; i <= added; i++)
        {
            _history.Add(new PlanIdentity(i, 1, 400, 300, 41));
        }

        Assert.That(_history.Export().Select(plan => plan.PrefillReplicas), Is.EqualTo(Enumerable.Range(added - kept + 1, kept)));
    }

    [Test]
    public void A_history_that_is_read_back_forgets_in_the_same_order()
    {
        for (var i = 1; i <= 10; i++)
        {
            _history.Add(new PlanIdentity(i, 1, 400, 300, 41));
        }

        var copy = new PlanHistory();
        foreach (var plan in _history.Export())
        {
            copy.Add(plan);
        }

        copy.Add(new PlanIdentity(11, 1, 400, 300, 41));

        Assert.That(copy.Export().Select(plan => plan.PrefillReplicas), Is.EqualTo(Enumerable.Range(4, 8)));
    }
}
