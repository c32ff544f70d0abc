using PowerPlanner.Control.Loop;

namespace PowerPlanner.Tests.Control.Loop;

/// <summary>Draws of a deployment whose caps allow 1000 W, by a meter that may be 5 % off.</summary>
internal sealed class MeasuredExcessTests
{
    [Test]
    public void Two_windows_above_the_caps_are_not_believed() => Assert.That(After(1300, 1300).Ratio, Is.Zero);

    [Test]
    public void The_least_of_three_windows_above_the_caps_is_charged() => Assert.That(After(1300, 1200, 1500).Ratio, Is.EqualTo(1.2));

    [Test]
    public void Only_windows_in_a_row_are_counted_and_compared() => Assert.That(After(1100, 1000, 1300, 1200, 1500).Ratio, Is.EqualTo(1.2));

    [TestCase(1050, 0.0)]
    [TestCase(1051, 1.051)]
    public void A_draw_within_the_meters_accuracy_is_in_agreement(double watts, double ratio) => Assert.That(After(watts, watts, watts).Ratio, Is.EqualTo(ratio));

    [TestCase(2, 1.2)]
    [TestCase(3, 0.0)]
    public void Three_windows_in_agreement_end_the_charge(int agreeing, double ratio) =>
        Assert.That(After([1200, 1200, 1200, .. Enumerable.Repeat(1000.0, agreeing)]).Ratio, Is.EqualTo(ratio));

    [Test]
    public void A_deployment_whose_caps_allow_nothing_proves_nothing() => Assert.That(default(MeasuredExcess).After(1000, 0, 0.05), Is.EqualTo(default(MeasuredExcess)));

    private static MeasuredExcess After(params double[] draws) => draws.Aggregate(default(MeasuredExcess), (excess, watts) => excess.After(watts, 1000, 0.05));
}
