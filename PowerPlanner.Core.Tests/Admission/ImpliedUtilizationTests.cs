using PowerPlanner.Admission;

namespace PowerPlanner.Tests.Admission;

internal sealed class ImpliedUtilizationTests
{
    [Test]
    public void The_worked_example_fills_13_8_percent_of_the_cache()
    {
        Assert.That(ImpliedUtilization.Decode(12, 2048, 512, 200_000), Is.EqualTo(0.138).Within(5e-4));
    }

    [TestCase(41, 1000, 200, 50_000, 0.902)]
    [TestCase(83, 1000, 200, 100_000, 0.913)]
    [TestCase(40, 1024, 200, 50_000, 0.8992)]
    public void Decode_threshold_of_the_reference_sets(int batch, int isl, int osl, long kvTokens, double expected)
    {
        Assert.That(ImpliedUtilization.Decode(batch, isl, osl, kvTokens), Is.EqualTo(expected).Within(5e-4));
    }

    [Test]
    [Property("Rule", "LIB-10.1-a")]
    [Property("Defect", "D-23")]
    public void The_shed_point_follows_the_chosen_batch()
    {
        Assert.That(ImpliedUtilization.Decode(20, 1000, 200, 50_000), Is.EqualTo(ImpliedUtilization.Decode(40, 1000, 200, 50_000) / 2));
    }

    [Test]
    public void An_odd_output_counts_its_half_token()
    {
        Assert.That(ImpliedUtilization.Decode(1, 1, 1, 3), Is.EqualTo(0.5));
    }

    [Test]
    public void The_worked_example_uses_64_5_percent_of_prefill()
    {
        // 620 ms a request at load, 400 ms alone.
        Assert.That(ImpliedUtilization.PrefillFraction(1000.0 / 620, 400, 1), Is.EqualTo(400.0 / 620).Within(1e-12));
    }

    [Test]
    [Property("Rule", "LIB-10.1-b")]
    [Property("Defect", "D-23")]
    public void More_prefill_replicas_lower_the_share()
    {
        Assert.That(ImpliedUtilization.PrefillFraction(72, 50, 4), Is.EqualTo(0.9).Within(1e-12));
        Assert.That(ImpliedUtilization.PrefillFraction(72, 50, 8), Is.EqualTo(0.45).Within(1e-12));
    }

    [Test]
    public void Neither_share_exceeds_one()
    {
        Assert.Multiple(() =>
        {
            Assert.That(ImpliedUtilization.Decode(int.MaxValue, int.MaxValue, int.MaxValue, 1), Is.EqualTo(1));
            Assert.That(ImpliedUtilization.PrefillFraction(1e300, 1e300, 1), Is.EqualTo(1));
        });
    }

    [Test]
    public void Impossible_numbers_are_refused() => Assert.Multiple(() =>
    {
        Assert.That(() => ImpliedUtilization.Decode(0, 1, 1, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => ImpliedUtilization.Decode(1, 0, 1, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => ImpliedUtilization.Decode(1, 1, 0, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => ImpliedUtilization.Decode(1, 1, 1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => ImpliedUtilization.PrefillFraction(-1, 1, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => ImpliedUtilization.PrefillFraction(double.NaN, 1, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => ImpliedUtilization.PrefillFraction(1, 0, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => ImpliedUtilization.PrefillFraction(1, 1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    });
}
