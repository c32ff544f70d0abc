using CsCheck;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Power;

internal sealed class CapBridgeTests
{
    private static readonly Gen<double> GenWatts = Gen.Double[1, 2000];

    [TestCase(110, 1.1, 121)]
    [TestCase(603, 1.1, 664)]
    [TestCase(480, 1.04, 500)]
    [TestCase(360, 1.18, 425)]
    [TestCase(500, 1.1, 550)]
    [TestCase(452.25, 1.0, 453)]
    [TestCase(418.5, 1.1, 461)]
    [TestCase(400, 0.5, 400)]
    [Property("Rule", "LIB-6.3-a")]
    public void A_cap_is_the_exact_ceiling_of_power_times_the_coefficient(double powerWatts, double coefficient, int expectedWatts)
    {
        var power = CapBridge.PowerOf(powerWatts, 1, 0.5, 700, 300);

        Assert.That(CapBridge.Bridge(power, coefficient, null).CapWatts, Is.EqualTo(expectedWatts));
    }

    [Test]
    [Property("Rule", "LIB-6.3-a")]
    public void A_cap_is_the_ceiling_that_decimal_arithmetic_gives() => Gen.Select(Gen.Int[1, 2000], Gen.Int[100, 200]).Holds(
        (watts, percent) =>
        {
            var exact = decimal.Ceiling(watts * (percent / 100m));
            return CapBridge.Bridge(CapBridge.PowerOf(watts, 1, 0, null, 1), percent / 100.0, null).CapWatts == exact;
        },
        iter: 20_000);

    [Test]
    [Property("Rule", "LIB-7.2-g")]
    public void A_cap_is_never_below_the_prediction_and_at_most_a_watt_above_the_corrected_one() => Gen.Select(GenWatts, Gen.Double[0.5, 2]).Holds(
        (watts, coefficient) =>
        {
            var cap = CapBridge.Bridge(CapBridge.PowerOf(watts, 1, 0.5, null, 1), coefficient, null).CapWatts;
            var wanted = watts * Math.Max(1, coefficient);
            return cap >= wanted * (1 - 1e-9) && cap < wanted + 1;
        },
        iter: 20_000);

    [TestCase(770, 770, true)]
    [TestCase(770.0000001, 770.0000001, true)]
    [TestCase(770.001, 700, false)]
    [TestCase(1275, 700, false)]
    public void Only_power_strictly_above_110_percent_of_the_nameplate_is_non_physical(double powerWatts, double usedWatts, bool valid)
    {
        var power = CapBridge.PowerOf(powerWatts, 1, 0.5, 700, 300);

        Assert.Multiple(() =>
        {
            Assert.That(power.Watts, Is.EqualTo(usedWatts));
            Assert.That(power.RawWatts, Is.EqualTo(powerWatts));
            Assert.That(power.IsValid, Is.EqualTo(valid));
            Assert.That(power.Source, Is.EqualTo(PowerSource.Prediction));
        });
    }

    [TestCase(0.5, PowerSource.Prediction)]
    [TestCase(0.4999999999, PowerSource.Prediction)]
    [TestCase(0.499, PowerSource.Nameplate)]
    [TestCase(0, PowerSource.Nameplate)]
    public void An_estimate_that_covers_too_little_of_the_step_is_unknown(double coverage, PowerSource expected)
    {
        Assert.That(CapBridge.PowerOf(500, coverage, 0.5, 700, 300).Source, Is.EqualTo(expected));
    }

    [TestCase(null)]
    [TestCase(0.0)]
    [Property("Rule", "LIB-5.3-c")]
    public void Unknown_power_falls_back_to_the_nameplate_and_then_to_the_configured_cap(double? unknown)
    {
        var nameplate = CapBridge.PowerOf(unknown, 1, 0.5, 700, 300);
        var configured = CapBridge.PowerOf(unknown, 1, 0.5, null, 300);

        Assert.Multiple(() =>
        {
            Assert.That(nameplate, Is.EqualTo(new SidePower(700, null, true, PowerSource.Nameplate)));
            Assert.That(configured, Is.EqualTo(new SidePower(300, null, true, PowerSource.ConfiguredCap)));
            Assert.That(nameplate.IsFallback && configured.IsFallback, Is.True);
        });
    }

    [Test]
    public void Without_a_nameplate_nothing_is_non_physical()
    {
        Assert.That(CapBridge.PowerOf(5000, 1, 0.5, null, 300), Is.EqualTo(new SidePower(5000, 5000, true, PowerSource.Prediction)));
    }

    [TestCase(360, 2.0, 700, 720, LimitDirection.Max)]
    [TestCase(180, 1.0, 200, 180, LimitDirection.Min)]
    [TestCase(450, 1.0, 450, 450, LimitDirection.None)]
    [TestCase(700, 1.0, 700, 700, LimitDirection.None)]
    [TestCase(200, 1.0, 200, 200, LimitDirection.None)]
    [Property("Rule", "LIB-6.4-b")]
    [Property("Defect", "D-12")]
    public void The_hardware_range_decides_what_is_charged(double powerWatts, double coefficient, int applied, int requested, LimitDirection direction)
    {
        var cap = CapBridge.Bridge(CapBridge.PowerOf(powerWatts, 1, 0.5, 700, 300), coefficient, new GpuPowerLimits(200, 700));

        Assert.That((cap.CapWatts, cap.RequestedWatts, cap.Direction), Is.EqualTo((applied, requested, direction)));
    }

    [Test]
    public void Without_a_range_a_cap_may_exceed_the_nameplate()
    {
        Assert.That(CapBridge.Bridge(CapBridge.PowerOf(null, 0, 0.5, 700, 300), 1.5, null).CapWatts, Is.EqualTo(1050));
    }

    [TestCase(AggregatedCapPolicy.Max, 603)]
    [TestCase(AggregatedCapPolicy.Mean, 433)]
    [Property("Rule", "LIB-6.3-b")]
    public void An_aggregated_engine_takes_the_larger_phase_or_the_mean(AggregatedCapPolicy policy, double expectedWatts)
    {
        var prefill = CapBridge.PowerOf(603, 1, 0.5, 700, 300);
        var decode = CapBridge.PowerOf(263, 1, 0.5, 700, 300);

        var power = CapBridge.Aggregate(prefill, decode, policy);

        Assert.That(power, Is.EqualTo(new SidePower(expectedWatts, expectedWatts, true, PowerSource.Prediction)));
    }

    [Test]
    public void Each_phase_is_clamped_before_the_two_are_joined()
    {
        var prefill = CapBridge.PowerOf(500, 1, 0.5, 700, 300);
        var decode = CapBridge.PowerOf(1275, 1, 0.5, 700, 300);

        var power = CapBridge.Aggregate(prefill, decode, AggregatedCapPolicy.Mean);

        Assert.That(power, Is.EqualTo(new SidePower(600, 600, false, PowerSource.Prediction)));
    }

    [Test]
    public void An_aggregated_engine_is_as_much_of_a_fallback_as_its_worse_phase()
    {
        var known = CapBridge.PowerOf(500, 1, 0.5, 700, 300);
        var unknown = CapBridge.PowerOf(null, 0, 0.5, 700, 300);

        Assert.Multiple(() =>
        {
            Assert.That(CapBridge.Aggregate(known, unknown, AggregatedCapPolicy.Max), Is.EqualTo(new SidePower(700, 700, true, PowerSource.Nameplate)));
            Assert.That(CapBridge.Aggregate(unknown, unknown, AggregatedCapPolicy.Max), Is.EqualTo(new SidePower(700, null, true, PowerSource.Nameplate)));
        });
    }

    [TestCase(500, 500, 1)]
    [TestCase(500, 490, 1)]
    [TestCase(500, 489, 500.0 / 489)]
    [TestCase(700, 350, 2)]
    [TestCase(100, 200, 1)]
    public void Latency_grows_with_power_over_cap_once_the_cap_lies_more_than_two_percent_below(double powerWatts, int capWatts, double expected)
    {
        Assert.That(CapBridge.LatencyFactor(powerWatts, capWatts), Is.EqualTo(expected));
    }

    [Test]
    public void A_cap_knows_how_much_the_range_slows_its_step()
    {
        var cap = CapBridge.Bridge(CapBridge.PowerOf(700, 1, 0.5, 700, 300), 1, new GpuPowerLimits(100, 350));

        Assert.That((cap.IsLimited, cap.LatencyFactor), Is.EqualTo((true, 2.0)));
    }

    [Test]
    public void A_given_cap_meets_only_the_range()
    {
        var power = CapBridge.PowerOf(600, 1, 0.5, 700, 300);

        Assert.Multiple(() =>
        {
            Assert.That(CapBridge.Limit(400, power, null).CapWatts, Is.EqualTo(400));
            Assert.That(CapBridge.Limit(100, power, new GpuPowerLimits(200, 700)).CapWatts, Is.EqualTo(200));
        });
    }

    [Test]
    public void Replica_watts_do_not_overflow()
    {
        var most = CapBridge.ReplicaWatts(int.MaxValue, int.MaxValue, int.MaxValue);

        Assert.Multiple(() =>
        {
            Assert.That((Int128)most, Is.EqualTo(((Int128)int.MaxValue + int.MaxValue) * int.MaxValue));
            Assert.That(CapBridge.ReplicaWatts(603, 100, 8), Is.EqualTo(5624));
        });
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    [TestCase(-1)]
    public void Power_that_is_no_number_of_watts_is_refused(double powerWatts)
    {
        Assert.That(
            () => CapBridge.PowerOf(powerWatts, 1, 0.5, 700, 300),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("activePowerWatts"));
    }

    [TestCase(double.NaN, 0.5, 700, 300)]
    [TestCase(1.1, 0.5, 700, 300)]
    [TestCase(1, -0.1, 700, 300)]
    [TestCase(1, 0.5, 0, 300)]
    [TestCase(1, 0.5, double.NaN, 300)]
    [TestCase(1, 0.5, 700, 0)]
    public void Impossible_arguments_are_refused(double coverage, double minimumCoverage, double nameplateWatts, int configuredCapWatts)
    {
        Assert.That(() => CapBridge.PowerOf(500, coverage, minimumCoverage, nameplateWatts, configuredCapWatts), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(double.NaN)]
    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(double.PositiveInfinity)]
    [TestCase(1e9)]
    public void An_impossible_coefficient_is_refused(double coefficient)
    {
        var power = CapBridge.PowerOf(500, 1, 0.5, 700, 300);

        Assert.That(() => CapBridge.Bridge(power, coefficient, null), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(double.NaN)]
    [TestCase(0)]
    [TestCase(-1)]
    public void A_power_that_no_cap_covers_is_refused(double watts) =>
        Assert.That(() => CapBridge.CeilingWatts(watts), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void A_given_cap_below_one_watt_is_refused() =>
        Assert.That(() => CapBridge.Limit(0, CapBridge.PowerOf(500, 1, 0.5, 700, 300), null), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(-1, 0, 8)]
    [TestCase(400, -1, 8)]
    [TestCase(400, 0, -1)]
    public void Negative_watts_or_GPUs_of_a_replica_are_refused(int capWatts, int nonGpuWattsPerGpu, int gpus) =>
        Assert.That(() => CapBridge.ReplicaWatts(capWatts, nonGpuWattsPerGpu, gpus), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void The_refusal_of_an_undefined_policy_names_those_that_exist()
    {
        var power = CapBridge.PowerOf(500, 1, 0.5, 700, 300);

        Assert.That(() => CapBridge.Aggregate(power, power, (AggregatedCapPolicy)7), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.StartsWith("The policy is 7; it must be Max or Mean."));
    }
}
