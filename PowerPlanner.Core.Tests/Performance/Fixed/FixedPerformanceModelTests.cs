using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;

namespace PowerPlanner.Tests.Performance.Fixed;

internal sealed class FixedPerformanceModelTests
{
    [TestCase(1, 1)]
    [TestCase(40, 1125)]
    [TestCase(100_000, 1_000_000)]
    public void The_answer_is_the_same_at_every_batch(int batch, long context)
    {
        var model = new FixedPerformanceModel(50, 10, 50_000, 603, 558);

        var estimate = model.EstimateDecode(new DecodeQuery(batch, context));

        Assert.That(estimate, Is.EqualTo(new StepEstimate(10, 558, 1, Provenance.Modelled)));
    }

    [Test]
    public void A_sweep_is_filled_with_the_one_answer()
    {
        IPerformanceModel model = new FixedPerformanceModel(50, 10, 50_000, 603, 558);
        var estimates = new StepEstimate[40];

        model.EstimateDecodeSweep(1125, estimates);

        Assert.That(estimates, Is.All.EqualTo(new StepEstimate(10, 558, 1, Provenance.Modelled)));
    }

    [TestCase(null)]
    [TestCase(0.0)]
    public void Power_that_is_absent_or_zero_is_unknown(double? powerWatts)
    {
        var model = new FixedPerformanceModel(50, 10, 50_000, powerWatts, powerWatts);

        var estimate = model.EstimatePrefill(new PrefillQuery(1024));

        Assert.That((estimate.ActivePowerWatts, estimate.PowerCoverage), Is.EqualTo(((double?)null, 0.0)));
    }

    [TestCase(0, 10, 1, 1, 1)]
    [TestCase(50, -1, 1, 1, 1)]
    [TestCase(double.NaN, 10, 1, 1, 1)]
    [TestCase(50, double.PositiveInfinity, 1, 1, 1)]
    [TestCase(50, 10, -1, 1, 1)]
    [TestCase(50, 10, 1, -1, 1)]
    [TestCase(50, 10, 1, 1, double.NaN)]
    public void Impossible_numbers_are_refused(double ttftMs, double itlMs, long maxKvTokens, double prefillWatts, double decodeWatts)
    {
        Assert.That(() => new FixedPerformanceModel(ttftMs, itlMs, maxKvTokens, prefillWatts, decodeWatts), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(0, 0, 1)]
    [TestCase(10, 10, 1)]
    [TestCase(10, -1, 1)]
    [TestCase(10, 0, 0)]
    public void A_prefill_step_that_no_engine_can_have_is_refused(int isl, int prefix, int batch)
    {
        var model = new FixedPerformanceModel(50, 10, 50_000);

        Assert.That(() => model.EstimatePrefill(new PrefillQuery(isl, prefix, batch)), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(0, 10)]
    [TestCase(1, 0)]
    public void A_decode_step_that_no_engine_can_have_is_refused(int batch, long context)
    {
        var model = new FixedPerformanceModel(50, 10, 50_000);

        Assert.That(() => model.EstimateDecode(new DecodeQuery(batch, context)), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
