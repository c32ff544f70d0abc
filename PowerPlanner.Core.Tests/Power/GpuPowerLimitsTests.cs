using PowerPlanner.Power;

namespace PowerPlanner.Tests.Power;

internal sealed class GpuPowerLimitsTests
{
    [TestCase(0, 700)]
    [TestCase(-1, 700)]
    [TestCase(700, 200)]
    public void A_range_that_no_hardware_has_is_refused(int minWatts, int maxWatts)
    {
        Assert.That(() => new GpuPowerLimits(minWatts, maxWatts), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_reversed_range_is_told_with_both_bounds()
    {
        Assert.That(() => new GpuPowerLimits(700, 200), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("200 W").And.Message.Contains("700 W"));
    }

    [TestCase(100, 200)]
    [TestCase(200, 200)]
    [TestCase(450, 450)]
    [TestCase(900, 700)]
    public void A_cap_outside_the_range_moves_to_the_nearer_end(int capWatts, int expected)
    {
        Assert.That(new GpuPowerLimits(200, 700).Clamp(capWatts), Is.EqualTo(expected));
    }

    [Test]
    public void A_range_may_start_at_1_W() => Assert.That(new GpuPowerLimits(1, 700).Clamp(1), Is.EqualTo(1));

    [Test]
    public void A_range_of_one_cap_is_allowed()
    {
        Assert.That(new GpuPowerLimits(300, 300).Clamp(500), Is.EqualTo(300));
    }
}
