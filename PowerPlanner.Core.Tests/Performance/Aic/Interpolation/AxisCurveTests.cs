using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Interpolation;

namespace PowerPlanner.Tests.Performance.Aic.Interpolation;

[TestFixture]
internal sealed class AxisCurveTests
{
    private static readonly double[] Sizes = [100, 200, 400];
    private static readonly Leaf[] Leaves = [new(1, 100), new(3, 200), new(4, 0)];

    [TestCase(200, 3, 200, Provenance.Measured)]
    [TestCase(150, 2, 150, Provenance.Interpolated)]
    [TestCase(300, 3.5, 100, Provenance.Interpolated)]
    [TestCase(50, 0.5, 100, Provenance.Extrapolated)]
    [TestCase(1, 0.01, 100, Provenance.Extrapolated)]
    [TestCase(4000, 40, 0, Provenance.Extrapolated)]
    public void A_message_costs(double size, double latencyMs, double powerWatts, Provenance provenance) =>
        AssertAnswer(AxisCurve.OverTokens(Sizes, Leaves, 1).Evaluate(size), latencyMs, powerWatts, provenance);

    [TestCase(20, 0.5, 100, Provenance.Extrapolated)]
    [TestCase(40, 1, 100, Provenance.Measured)]
    [TestCase(60, 2, 150, Provenance.Interpolated)]
    [TestCase(160, 4, 0, Provenance.Measured)]
    [TestCase(161, 4.025, 0, Provenance.Extrapolated)]
    public void A_token_may_bring_a_fraction_of_elements(double tokens, double latencyMs, double powerWatts, Provenance provenance) =>
        AssertAnswer(AxisCurve.OverTokens(Sizes, Leaves, 2.5).Evaluate(tokens), latencyMs, powerWatts, provenance);

    [Test]
    public void Several_sizes_may_lie_between_two_tokens() =>
        AssertAnswer(AxisCurve.OverTokens(Sizes, Leaves, 1000).Evaluate(1), 10, 0, Provenance.Extrapolated);

    [TestCase(50, 0.5)]
    [TestCase(100, 1)]
    [TestCase(200, 2)]
    public void A_single_point_is_held_on_both_sides(double size, double latencyMs) =>
        Assert.That(AxisCurve.OverTokens([100], [new Leaf(1, 0)], 1).Evaluate(size).LatencyMs, Is.EqualTo(latencyMs).Within(1e-12));

    [Test]
    public void An_end_without_latency_has_no_answer_beyond_it() =>
        Assert.That(AxisCurve.OverTokens([100], [new Leaf(0, 0)], 1).Evaluate(200).HasData, Is.False);

    [Test]
    public void Nothing_is_surer_than_asked() =>
        Assert.That(AxisCurve.OverTokens(Sizes, Leaves, 1, Provenance.Extrapolated).Evaluate(200).Provenance, Is.EqualTo(Provenance.Extrapolated));

    private static void AssertAnswer(TableAnswer answer, double latencyMs, double powerWatts, Provenance provenance)
    {
        Assert.That(answer.LatencyMs, Is.EqualTo(latencyMs).Within(1e-12));
        Assert.That(answer.PowerWatts, Is.EqualTo(powerWatts).Within(1e-9));
        Assert.That(answer.Provenance, Is.EqualTo(provenance));
    }
}
