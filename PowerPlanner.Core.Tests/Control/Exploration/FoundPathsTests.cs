namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>Paths on which the exploration once found a broken promise.</summary>
[Property("Rule", "LIB-13.2-a")]
internal sealed class FoundPathsTests
{
    [Test]
    public void A_replica_that_was_told_to_go_may_be_going_by_the_time_that_more_are_asked_for() => Assert.That(
        Walk.Along(
            TinyWorlds.AggregatedWithoutRoom,
            root: 1,
            "tick",
            "budget 1000 W",
            "tick that reads late: Aggregated: Ready 500 drains",
            "Aggregated: a replica is gone",
            "tick that reads late: Aggregated: Ready 500 drains"),
        Is.Null);

    [Test]
    public void An_agent_may_have_read_a_cap_that_nobody_answered_before_it_was_replaced() => Assert.That(
        Walk.Along(
            TinyWorlds.AggregatedAgents with { Budgets = [600, 500] },
            root: 0,
            "tick",
            "Aggregated: a replica starts",
            "tick",
            "budget 500 W",
            "tick; SetCap Aggregated Unanswered",
            "Aggregated: an agent reads 500 W for Starting 300",
            "budget 600 W",
            "tick",
            "tick"),
        Is.Null);

    [Test]
    public void A_cap_may_still_come_for_the_whole_settle_time_after_it_was_replaced() => Assert.That(
        Walk.Along(
            TinyWorlds.AggregatedAgents,
            root: 0,
            "budget 600 W",
            "tick",
            "Aggregated: a replica starts",
            "budget 500 W",
            "tick",
            "Aggregated: an agent reads 500 W for Starting 300",
            "budget 600 W",
            "tick",
            "tick"),
        Is.Null);

    [Test]
    public void A_plan_that_was_made_for_caps_that_did_not_hold_is_left_when_they_hold_again() => Assert.That(
        Walk.Along(
            TinyWorlds.PairMeter with { Budgets = [2000, 1250, 1000] },
            root: 1,
            "tick",
            "tick on which the meter says 900 W a GPU of Prefill",
            "tick on which the meter says 900 W a GPU of Prefill",
            "tick on which the meter says 900 W a GPU of Prefill"),
        Is.Null);
}
