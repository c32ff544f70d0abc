using PowerPlanner.Admission;

namespace PowerPlanner.Tests.Admission;

internal sealed class AdmissionThresholdsTests
{
    [Test]
    [Property("Rule", "LIB-13.2-f")]
    public void What_falls_goes_first_and_what_rises_waits()
    {
        var tightened = AdmissionThresholds.Tightened(new AdmissionThresholds(0.9, 0.4, 3000), new AdmissionThresholds(0.7, 0.6, 2000));

        Assert.That(tightened, Is.EqualTo(new AdmissionThresholds(0.7, 0.4, 2000)));
    }

    [Test]
    public void Where_nothing_falls_nothing_changes()
    {
        var inForce = new AdmissionThresholds(0.5, 0.4, 3000);

        Assert.That(AdmissionThresholds.Tightened(inForce, new AdmissionThresholds(0.6, 0.4, 4000)), Is.EqualTo(inForce));
    }

    [Test]
    public void Without_thresholds_in_force_the_new_ones_are_all_tighter()
    {
        var next = new AdmissionThresholds(0.6, 0.4, 4000);

        Assert.That(AdmissionThresholds.Tightened(null, next), Is.EqualTo(next));
    }

    [TestCase(null, 4000L, 4000L)]
    [TestCase(3000L, null, 3000L)]
    [TestCase(null, null, null)]
    public void An_absent_absolute_threshold_leaves_the_other_in_force(long? inForce, long? next, long? expected)
    {
        Assert.That(AdmissionThresholds.Tightened(new AdmissionThresholds(1, 1, inForce), new AdmissionThresholds(1, 1, next)).PrefillTokensThreshold, Is.EqualTo(expected));
    }
}
