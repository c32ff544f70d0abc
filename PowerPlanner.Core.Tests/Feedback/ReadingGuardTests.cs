using PowerPlanner.Feedback;

namespace PowerPlanner.Tests.Feedback;

internal sealed class ReadingGuardTests
{
    [TestCase(double.NaN, ReadingFault.NotFinite)]
    [TestCase(double.PositiveInfinity, ReadingFault.NotFinite)]
    [TestCase(double.NegativeInfinity, ReadingFault.NotFinite)]
    [TestCase(-1.0, ReadingFault.Negative)]
    [TestCase(-double.Epsilon, ReadingFault.Negative)]
    [TestCase(1e300, ReadingFault.Absurd)]
    [Property("Defect", "D-25")]
    [Property("Rule", "LIB-4.3-a")]
    public void A_number_that_no_fleet_could_mean_is_absent_with_its_cause(double value, ReadingFault expected)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That((ReadingGuard.Watts(value, 700, out var watts), watts), Is.EqualTo(((double?)null, expected)));
            Assert.That((ReadingGuard.LatencyMs(value, out var latency), latency), Is.EqualTo(((double?)null, expected)));
            Assert.That((ReadingGuard.Count(value, out var count), count), Is.EqualTo(((double?)null, expected)));
        }
    }

    [Test]
    [Property("Rule", "LIB-4.3-b")]
    public void What_is_absent_stays_absent_without_a_fault()
    {
        Assert.That(ReadingGuard.Watts(null, 700, out var watts), Is.Null);
        Assert.That(ReadingGuard.LatencyMs(null, out var latency), Is.Null);
        Assert.That(ReadingGuard.Count(null, out var count), Is.Null);
        Assert.That(new[] { watts, latency, count }, Has.All.EqualTo(ReadingFault.None));
    }

    [TestCase(1400.0, ReadingFault.None)]
    [TestCase(1400.1, ReadingFault.Absurd)]
    public void A_draw_above_twice_the_nameplate_is_absurd(double watts, ReadingFault expected)
    {
        ReadingGuard.Watts(watts, 700, out var fault);

        Assert.That(fault, Is.EqualTo(expected));
    }

    [Test]
    public void Without_a_nameplate_no_finite_draw_is_absurd() => Assert.That(ReadingGuard.Watts(1e6, null, out _), Is.EqualTo(1e6));

    [TestCase(3_600_000.0, ReadingFault.None)]
    [TestCase(3_600_001.0, ReadingFault.Absurd)]
    [TestCase(1e-9, ReadingFault.None)]
    public void Every_latency_up_to_an_hour_is_allowed(double latencyMs, ReadingFault expected)
    {
        ReadingGuard.LatencyMs(latencyMs, out var fault);

        Assert.That(fault, Is.EqualTo(expected));
    }

    [Test]
    public void A_latency_of_zero_was_not_measured()
    {
        Assert.That(ReadingGuard.LatencyMs(0, out var fault), Is.Null);
        Assert.That(fault, Is.EqualTo(ReadingFault.None));
    }

    [Test]
    [Property("Rule", "LIB-4.3-c")]
    public void A_count_of_zero_and_a_draw_of_zero_are_readings()
    {
        Assert.That(ReadingGuard.Count(0, out _), Is.Zero);
        Assert.That(ReadingGuard.Watts(0, 700, out _), Is.Zero);
    }

    [TestCase(1e12, ReadingFault.None)]
    [TestCase(1.01e12, ReadingFault.Absurd)]
    public void More_than_a_trillion_tokens_are_absurd(double tokens, ReadingFault expected)
    {
        ReadingGuard.Count(tokens, out var fault);

        Assert.That(fault, Is.EqualTo(expected));
    }

    [TestCase(300.0, 100.0, 200.0)]
    [TestCase(300.0, null, 300.0)]
    [TestCase(300.0, 0.0, 300.0)]
    [TestCase(300.0, 300.0, null)]
    [TestCase(300.0, 400.0, null)]
    [TestCase(null, 100.0, null)]
    [Property("Defect", "D-02")]
    [Property("Rule", "LIB-7.2-d")]
    public void Queueing_is_not_the_models_business(double? ttftMs, double? queueingMs, double? expected) =>
        Assert.That(ReadingGuard.WithoutQueueingMs(ttftMs, queueingMs), Is.EqualTo(expected));
}
