using PowerPlanner.Performance;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>Specification 2.4 on a curve small enough to answer by hand.</summary>
[TestFixture]
internal sealed class CurveTableTests
{
    [Test]
    public void A_measured_size_is_returned_as_it_is() =>
        Assert.That(Curve().Resolve(100), Is.EqualTo(new TableAnswer(1, 10, 10, Provenance.Measured)));

    [Test]
    public void Between_two_sizes_the_line_answers() =>
        Assert.That(Curve().Resolve(150), Is.EqualTo(new TableAnswer(2, 15, 30, Provenance.Interpolated)));

    [TestCase(50, 0.5, 10)]
    [TestCase(0.25, 0.0025, 10)]
    [TestCase(400, 6, 20)]
    public void Outside_the_latency_is_proportional_to_size_at_the_end_points_power(double size, double latencyMs, double powerWatts)
    {
        var answer = Curve().Resolve(size);

        Assert.That(answer.LatencyMs, Is.EqualTo(latencyMs).Within(1e-15));
        Assert.That(answer.PowerWatts, Is.EqualTo(powerWatts));
        Assert.That(answer.Provenance, Is.EqualTo(Provenance.Extrapolated));
    }

    [Test]
    public void An_empty_curve_has_no_answer() =>
        Assert.That(() => new CurveTable("synthetic", size => size).Resolve(1), Throws.TypeOf<NoPerformanceDataException>());

    private static CurveTable Curve()
    {
        var curve = new CurveTable("synthetic", size => size);
        curve.Add(200, Leaf.FromRow(3, 20));
        curve.Add(100, Leaf.FromRow(1, 10));
        curve.Add(100, Leaf.FromRow(7, 70));
        return curve;
    }
}
