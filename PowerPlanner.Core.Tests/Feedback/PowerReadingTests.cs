using PowerPlanner.Feedback;

namespace PowerPlanner.Tests.Feedback;

internal sealed class PowerReadingTests
{
    [TestCase(0.0, PowerReadingKind.Demand)]
    [TestCase(352.7, PowerReadingKind.Demand)]
    [TestCase(352.8, PowerReadingKind.PowerLimited)]
    [TestCase(360.0, PowerReadingKind.PowerLimited)]
    [TestCase(367.3, PowerReadingKind.PowerLimited)]
    [TestCase(378.0, PowerReadingKind.PowerLimited)]
    [TestCase(378.1, PowerReadingKind.CapNotEnforced)]
    [TestCase(null, PowerReadingKind.None)]
    [TestCase(double.NaN, PowerReadingKind.None)]
    [TestCase(double.PositiveInfinity, PowerReadingKind.None)]
    [TestCase(-1.0, PowerReadingKind.None)]
    [Property("Defect", "D-01")]
    [Property("Rule", "LIB-7.2-a")]
    [Property("Rule", "LIB-7.2-c")]
    public void A_draw_is_placed_relative_to_its_cap(double? watts, PowerReadingKind expected) =>
        Assert.That(PowerReading.Classify(watts, 360, 0.02, 0.05), Is.EqualTo(expected));

    [TestCase(367.2, PowerReadingKind.PowerLimited)]
    [TestCase(367.3, PowerReadingKind.CapNotEnforced)]
    public void A_meter_better_than_the_band_leaves_the_band_as_it_is(double watts, PowerReadingKind expected) =>
        Assert.That(PowerReading.Classify(watts, 360, 0.02, 0.01), Is.EqualTo(expected));

    [Test]
    public void A_band_of_zero_makes_every_draw_demand() =>
        Assert.That(((double[])[100, 360, 700]).Select(watts => PowerReading.Classify(watts, 360, 0, 0.05)), Has.All.EqualTo(PowerReadingKind.Demand));

    [Test]
    public void Under_an_unknown_cap_every_draw_is_demand() =>
        Assert.That(PowerReading.Classify(700, null, 0.02, 0.05), Is.EqualTo(PowerReadingKind.Demand));

    [TestCase(false, PowerReadingKind.CapNotEnforced, true)]
    [TestCase(true, PowerReadingKind.None, true)]
    [TestCase(true, PowerReadingKind.PowerLimited, false)]
    [TestCase(true, PowerReadingKind.Demand, false)]
    [TestCase(false, PowerReadingKind.None, false)]
    public void Only_a_reading_clears_the_alarm_of_a_cap_that_does_not_hold(bool stood, PowerReadingKind kind, bool expected) =>
        Assert.That(PowerReading.IsUnenforced(stood, kind), Is.EqualTo(expected));

    [TestCase(479, 540.0, 700.0, 540)]
    [TestCase(479, 539.1, 700.0, 540)]
    [TestCase(479, 300.0, 700.0, 479)]
    [TestCase(479, null, 700.0, 700)]
    [TestCase(479, null, null, 479)]
    [TestCase(479, 0.0, 700.0, 479)]
    [Property("Rule", "LIB-7.2-g")]
    public void A_cap_that_does_not_hold_is_charged_at_the_draw_or_the_nameplate(int cap, double? watts, double? nameplate, int expected) =>
        Assert.That(PowerReading.ChargedWatts(cap, watts, nameplate), Is.EqualTo(expected));

    [Test]
    public void An_unenforced_cap_is_noticed_until_the_cap_has_caught_up_with_the_draw()
    {
        // 540 W under caps of 360, 479 and 530 W.
        Assert.That(
            ((int[])[360, 479, 530]).Select(cap => PowerReading.Classify(540, cap, 0.02, 0.05)),
            Is.EqualTo(new[] { PowerReadingKind.CapNotEnforced, PowerReadingKind.CapNotEnforced, PowerReadingKind.PowerLimited }));
    }
}
