using CsCheck;
using PlannerHost.Nvml;
using PowerPlanner.Power;
using PowerPlanner.Tests;

namespace PlannerHost.Tests.Nvml;

internal sealed class MilliwattsTests
{
    [Test]
    public void A_cap_comes_back_as_it_went() => Gen.Int[1, 4_294_967].Holds(cap => Milliwatts.ToCap(Milliwatts.FromCap(cap)) == cap);

    [Test]
    public void A_limit_that_was_read_never_rounds_down() =>
        Gen.UInt.Holds(milliwatts => Milliwatts.ToCap(milliwatts) * 1000L is var read && read >= milliwatts && read < milliwatts + 1000L);

    [Test]
    public void Every_whole_watt_of_a_range_is_accepted() =>
        Gen.Select(Gen.UInt[1000, 2_000_000], Gen.UInt[1000, 2_000_000]).Where((min, span) => span >= 1000).Holds((min, span) =>
            Milliwatts.ToLimits(min, min + span) is { } limits && limits.MinWatts * 1000L >= min && limits.MaxWatts * 1000L <= min + span);

    [TestCase(74500u, 74500u, 75, 75)]
    [TestCase(200000u, 700000u, 200, 700)]
    [TestCase(199001u, 700999u, 200, 700)]
    [TestCase(0u, 300000u, 1, 300)]
    public void A_range_rounds_inwards_unless_nothing_would_be_left(uint min, uint max, int minWatts, int maxWatts) =>
        Assert.That(Milliwatts.ToLimits(min, max), Is.EqualTo(new GpuPowerLimits(minWatts, maxWatts)));

    [TestCase(0u, 0u)]
    [TestCase(700000u, 200000u)]
    public void A_range_that_makes_no_sense_is_unknown(uint min, uint max) => Assert.That(Milliwatts.ToLimits(min, max), Is.Null);

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(4_294_968)]
    public void A_cap_that_milliwatts_cannot_hold_is_refused(int cap) => Assert.That(() => Milliwatts.FromCap(cap), Throws.TypeOf<ArgumentOutOfRangeException>());
}
