using PowerPlanner.Feedback;

namespace PowerPlanner.Tests.Feedback;

internal sealed class SaturationTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Test]
    [Property("Defect", "D-02")]
    public void Utilization_is_offered_tokens_over_what_ready_replicas_can_serve() =>
        Assert.That(Saturation.Utilization(198_450, 999, Minute, 3150, 2 * 52.5), Is.EqualTo(0.6).Within(1e-12));

    [Test]
    public void Without_tokens_it_is_requests_over_what_ready_replicas_can_serve() =>
        Assert.That(Saturation.Utilization(null, 63 * 60, Minute, 3150, 13 * 1000 / 120.0), Is.EqualTo(0.5815).Within(1e-4));

    [Test]
    public void A_load_that_is_not_known_freezes_nothing()
    {
        Assert.That(Saturation.Utilization(null, null, Minute, 3150, 52.5), Is.Null);
        Assert.That(Saturation.IsReached(null, 0.85), Is.False);
    }

    [Test]
    public void A_side_with_no_ready_replica_is_saturated_by_any_load()
    {
        Assert.That(Saturation.IsReached(Saturation.Utilization(1, null, Minute, 3150, 0), 0.85), Is.True);
        Assert.That(Saturation.IsReached(Saturation.Utilization(1, null, Minute, 3150, double.NaN), 0.85), Is.True, "nor by a capacity that is no number");
        Assert.That(Saturation.Utilization(0, null, Minute, 3150, 0), Is.Zero);
    }

    [TestCase(0.8499, false)]
    [TestCase(0.85, true)]
    [TestCase(0.85 * (1 - 1e-12), true)]
    [TestCase(double.PositiveInfinity, true)]
    [Property("Rule", "LIB-7.2-e")]
    public void The_bound_itself_is_saturated(double utilization, bool expected) =>
        Assert.That(Saturation.IsReached(utilization, 0.85), Is.EqualTo(expected));

    [Test]
    public void A_load_that_is_no_number_is_unknown() => Assert.That(Saturation.Utilization(double.NaN, 5, Minute, 3150, 52.5), Is.Null);
}
