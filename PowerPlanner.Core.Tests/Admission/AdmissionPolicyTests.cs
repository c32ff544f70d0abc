using CsCheck;
using PowerPlanner.Admission;

namespace PowerPlanner.Tests.Admission;

internal sealed class AdmissionPolicyTests
{
    private static readonly Gen<ImpliedUtilization> GenImplied = Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1], (decode, prefill) => new ImpliedUtilization(decode, prefill));

    [Test]
    public void With_neither_margin_nor_allowance_the_thresholds_are_the_mean()
    {
        Assert.That(new AdmissionPolicy().Apply(new(0.9, 0.5), 40, 1, null), Is.EqualTo(new AdmissionThresholds(0.9, 0.5, null)));
    }

    [TestCase(0.65, 8192, 5325)]
    [TestCase(400.0 / 620, 8192, 5286)]
    [TestCase(0.1, 30, 3)]
    [TestCase(0.55, 100, 55)]
    [TestCase(1, 8192, 8192)]
    [TestCase(0, 8192, 0)]
    public void The_absolute_threshold_is_the_ceiling_of_the_share_of_the_least_maximum(double theta, long maxBatchedTokens, long expected)
    {
        Assert.That(new AdmissionPolicy().Apply(new(0.5, theta), 40, 1, maxBatchedTokens).PrefillTokensThreshold, Is.EqualTo(expected));
    }

    [Test]
    public void The_margin_scales_what_is_set()
    {
        var thresholds = new AdmissionPolicy(0.8).Apply(new(0.9, 0.5), 40, 1, 1000);

        Assert.That((thresholds.ThetaDecode, thresholds.ThetaPrefillFraction, thresholds.PrefillTokensThreshold), Is.EqualTo((0.8 * 0.9, 0.8 * 0.5, (long?)400)));
    }

    [Test]
    [Property("Rule", "LIB-10.1-c")]
    [Property("Defect", "D-23")]
    public void The_allowance_comes_before_the_margin()
    {
        var thresholds = new AdmissionPolicy(0.5, 2).Apply(new(0.25, 0.16), 25, 4, null);

        Assert.Multiple(() =>
        {
            Assert.That(thresholds.ThetaDecode, Is.EqualTo(0.5 * (0.25 + (2 * 0.1))).Within(1e-12));
            Assert.That(thresholds.ThetaPrefillFraction, Is.EqualTo(0.5 * (0.16 + (2 * 0.2))).Within(1e-12));
        });
    }

    [Test]
    public void Thresholds_stay_between_zero_and_one() => Gen.Select(GenImplied, Gen.Double[0, 1], Gen.Double[0, 10], Gen.Int[1, 500], Gen.Int[1, 16], Gen.Long[1, 1_000_000]).Holds(
        (implied, margin, z, decode, prefill, tokens) =>
        {
            var thresholds = new AdmissionPolicy(margin, z).Apply(implied, decode, prefill, tokens);
            return thresholds.ThetaDecode is >= 0 and <= 1 && thresholds.ThetaPrefillFraction is >= 0 and <= 1
                && thresholds.PrefillTokensThreshold >= 0 && thresholds.PrefillTokensThreshold <= tokens;
        },
        iter: 20_000);

    [Test]
    public void A_larger_margin_or_allowance_never_sheds_earlier() => Gen.Select(GenImplied, Gen.Double[0, 1], Gen.Double[0, 1], Gen.Double[0, 5], Gen.Double[0, 5]).Holds(
        (implied, margin, otherMargin, z, otherZ) =>
        {
            var low = new AdmissionPolicy(Math.Min(margin, otherMargin), Math.Min(z, otherZ)).Apply(implied, 32, 2, 8192);
            var high = new AdmissionPolicy(Math.Max(margin, otherMargin), Math.Max(z, otherZ)).Apply(implied, 32, 2, 8192);
            return low.ThetaDecode <= high.ThetaDecode && low.ThetaPrefillFraction <= high.ThetaPrefillFraction && low.PrefillTokensThreshold <= high.PrefillTokensThreshold;
        },
        iter: 20_000);

    [Test]
    [Property("Rule", "LIB-10.1-d")]
    public void One_worker_with_the_least_maximum_decides_and_silent_ones_do_not_count() => Assert.Multiple(() =>
    {
        Assert.That(AdmissionPolicy.SmallestReported([8192, null, 4096, 16384]), Is.EqualTo(4096));
        Assert.That(AdmissionPolicy.SmallestReported([0, -1, 8192]), Is.EqualTo(8192));
        Assert.That(AdmissionPolicy.SmallestReported([null, null]), Is.Null);
        Assert.That(AdmissionPolicy.SmallestReported([]), Is.Null);
    });

    [TestCase(-0.1, 0)]
    [TestCase(1.1, 0)]
    [TestCase(double.NaN, 0)]
    [TestCase(1, -1)]
    [TestCase(1, double.PositiveInfinity)]
    public void An_impossible_policy_is_refused(double margin, double z)
    {
        Assert.That(() => new AdmissionPolicy(margin, z), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(1.5, 0.5, 1, 1, 1)]
    [TestCase(0.5, double.NaN, 1, 1, 1)]
    [TestCase(0.5, 0.5, 0, 1, 1)]
    [TestCase(0.5, 0.5, 1, 0, 1)]
    [TestCase(0.5, 0.5, 1, 1, 0)]
    public void Impossible_numbers_are_refused(double decode, double prefill, int decodeConcurrency, int prefillConcurrency, long tokens)
    {
        Assert.That(() => new AdmissionPolicy().Apply(new(decode, prefill), decodeConcurrency, prefillConcurrency, tokens), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
