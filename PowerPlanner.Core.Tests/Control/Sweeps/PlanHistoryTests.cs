using PowerPlanner.Control.Sweeps;
using PowerPlanner.Tests.Planning;

namespace PowerPlanner.Tests.Control.Sweeps;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PlanHistoryTests
{
    private PlanHistory _history;

    [Test]
    public void A_plan_is_remembered()
    {
        var plan = Problems.Feasible(Problems.Unit());
        Assert.That(_history.Contains(plan), Is.False);

        _history = _history.With(plan);

        Assert.That(_history.Contains(plan), Is.True);
    }

    [Test]
    public void A_plan_is_the_same_to_a_fleet_whatever_was_predicted_of_it()
    {
        var plan = Problems.Feasible(Problems.Unit());
        _history = _history.With(plan);

        Assert.That(_history.Contains(plan with { TtftMs = 1, ThroughputRequestsPerSecond = 2, TotalWatts = 3, DecodeBatch = plan.DecodeBatch + 1 }), Is.True);
    }

    [Test]
    public void A_plan_with_another_count_or_cap_is_another_plan()
    {
        var plan = Problems.Feasible(Problems.Unit());
        _history = _history.With(plan);

        Assert.That(
            new[]
            {
                plan with { PrefillReplicas = plan.PrefillReplicas + 1 },
                plan with { DecodeReplicas = plan.DecodeReplicas + 1 },
                plan with { PrefillCapWatts = plan.PrefillCapWatts + 1 },
                plan with { DecodeCapWatts = plan.DecodeCapWatts + 1 },
            }.Select(_history.Contains),
            Is.All.False);
    }

    [Test]
    public void Eight_plans_are_remembered_and_the_ninth_takes_the_place_of_the_first()
    {
        var plan = Problems.Feasible(Problems.Unit());
        for (var batch = 1; batch <= 8; batch++)
        {
            _history = _history.With(plan with { DecodeReplicas = batch });
        }

        Assert.That(Enumerable.Range(1, 8).Select(batch => _history.Contains(plan with { DecodeReplicas = batch })), Is.All.True);

        _history = _history.With(plan with { DecodeReplicas = 9 });

        Assert.That(_history.Contains(plan with { DecodeReplicas = 1 }), Is.False);
        Assert.That(Enumerable.Range(2, 8).Select(batch => _history.Contains(plan with { DecodeReplicas = batch })), Is.All.True);
    }

    [TestCase(0, 0)]
    [TestCase(3, 3)]
    [TestCase(8, 8)]
    [TestCase(11, 8)]
    public void A_snapshot_has_the_plans_oldest_first(int added, int kept)
    {
        var plan = Problems.Feasible(Problems.Unit());
        for (var i = 1; i <= added; i++)
        {
            _history = _history.With(plan with { PrefillReplicas = i });
        }

        Assert.That(_history.Plans.Select(known => known.PrefillReplicas), Is.EqualTo(Enumerable.Range(added - kept + 1, kept)));
    }
}
