using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Tests.Power.Clamps;

internal sealed class LegTests
{
    private static readonly ClampRole Role = new(8, 400, minEndpoint: 3);

    [TestCase(5, 2, 5, 2, true, 3)]
    [TestCase(2, 5, 2, 5, true, 2)]
    [TestCase(3, null, 3, 0, true, 3)]
    [TestCase(0, 4, 0, 4, true, 0)]
    [TestCase(null, 4, 4, 4, false, 4)]
    [TestCase(null, null, 0, 0, false, 0)]
    public void What_is_not_said_is_what_runs_and_what_is_not_known_to_run_does_not(int? proposed, int? current, int count, int running, bool adjustable, int minimum) =>
        Assert.That(Leg.Of(proposed, current, Role, 3200), Is.EqualTo(new Leg(count, running, adjustable, minimum, 3200, 8)));

    [TestCase(4, 2, 4)]
    [TestCase(null, 2, 0)]
    [TestCase(0, null, 0)]
    public void An_absent_role_passes_and_costs_nothing(int? proposed, int? current, int count) =>
        Assert.That(Leg.Of(proposed, current, ClampRole.Absent, 3200), Is.EqualTo(new Leg(count, count, false, count, 0, 0)));

    [Test]
    public void GPUs_that_are_not_known_count_as_none() =>
        Assert.That(Leg.Of(5, 2, new ClampRole(null, 400), 0), Is.EqualTo(new Leg(5, 2, true, 1, 0, 0)));

    [TestCase(5, 2, 2)]
    [TestCase(5, 3, 3)]
    [TestCase(5, 4, 3)]
    public void Another_count_keeps_the_minimum_below_itself(int proposed, int next, int minimum) =>
        Assert.That(Leg.Of(proposed, 1, Role, 3200).With(next, Role), Is.EqualTo(new Leg(next, 1, true, minimum, 3200, 8)));

    [Test]
    public void A_count_that_must_not_change_stays_its_own_minimum() =>
        Assert.That(Leg.Of(null, 7, Role, 3200).With(7, Role).Minimum, Is.EqualTo(7));

    [TestCase(3, false, true)]
    [TestCase(4, false, false)]
    [TestCase(5, true, false)]
    public void A_role_grows_above_what_runs_and_shrinks_below_it(int count, bool grows, bool shrinks)
    {
        var leg = Leg.Of(4, 4, Role, 3200);

        Assert.That((leg.Grows(count), leg.Shrinks(count)), Is.EqualTo((grows, shrinks)));
    }

    [TestCase(3, 12_800)]
    [TestCase(4, 12_800)]
    [TestCase(5, 16_000)]
    public void The_peak_is_at_the_larger_count(int count, long watts) => Assert.That(Leg.Of(4, 4, Role, 3200).PeakWatts(count), Is.EqualTo(watts));
}
