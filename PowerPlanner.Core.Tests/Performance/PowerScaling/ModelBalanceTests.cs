using PowerPlanner.Performance;
using PowerPlanner.Performance.PowerScaling;
using PowerPlanner.Performance.Profiled;
using PowerPlanner.Performance.Roofline;

namespace PowerPlanner.Tests.Performance.PowerScaling;

/// <summary>What models say their steps are made of.</summary>
internal sealed class ModelBalanceTests
{
    private static readonly RooflinePerformanceModel Roofline = new(TransformerShapes.Named("Qwen/Qwen3-32B"), GpuDataSheets.Named("h200_sxm"), new EngineLayout(4));

    [Test]
    public void A_roofline_prefill_suffers_more_under_a_cap_than_a_decode_step_and_a_large_batch_more_than_a_small_one()
    {
        var latency = new CapLatency(700);
        var prefill = latency.Factor(Roofline.BalancePrefill(new PrefillQuery(2048)), 650, 400);
        var large = latency.Factor(Roofline.BalanceDecode(new DecodeQuery(256, 1100)), 650, 400);
        var small = latency.Factor(Roofline.BalanceDecode(new DecodeQuery(1, 1100)), 650, 400);

        Assert.That(prefill, Is.GreaterThan(large));
        Assert.That(large, Is.GreaterThan(small));
        Assert.That(small, Is.GreaterThanOrEqualTo(1).And.LessThan(1.02));
    }

    [Test]
    public void A_sweep_of_balances_is_its_single_answers()
    {
        var balances = new StepBalance[20];
        ((ICapAwarePerformanceModel)Roofline).BalanceDecodeSweep(1100, balances);
        var latency = new CapLatency(700);

        for (var batch = 1; batch <= balances.Length; batch++)
        {
            Assert.That(latency.Factor(balances[batch - 1], 600, 300), Is.EqualTo(latency.Factor(Roofline.BalanceDecode(new DecodeQuery(batch, 1100)), 600, 300)));
        }
    }

    [Test]
    public void A_profile_without_a_data_sheet_counts_as_pure_compute_and_one_with_it_follows_the_rows()
    {
        ProfiledPerformanceModel Profile(GpuDataSheet? gpu) => new([new ProfiledPrefillPoint(1000, 50, 600)], [new ProfiledDecodePoint(1, 1000, 10, 400)], 100_000, 700) { Gpu = gpu };
        var latency = new CapLatency(700);
        var compute = latency.Factor(StepBalance.Uniform(double.PositiveInfinity), 600, 400);
        var unknown = Profile(null);
        var known = Profile(GpuDataSheets.Named("h200_sxm"));

        Assert.That(latency.Factor(unknown.BalanceDecode(new DecodeQuery(1, 1000)), 600, 400), Is.EqualTo(compute).Within(1e-12));
        Assert.That(latency.Factor(known.BalanceDecode(new DecodeQuery(1, 1000)), 600, 400), Is.LessThan(1.01));
        Assert.That(latency.Factor(known.BalancePrefill(new PrefillQuery(1000)), 600, 400), Is.EqualTo(compute).Within(1).Percent);
    }

    [Test]
    public void A_ratio_below_0_is_refused()
    {
        var balance = default(StepBalance);

        Assert.That(() => balance.With(1, -0.1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("computeToMemory is -0.1"));
        Assert.That(() => balance.With(double.NaN, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
