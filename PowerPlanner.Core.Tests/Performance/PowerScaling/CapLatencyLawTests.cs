using CsCheck;
using PowerPlanner.Performance;
using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Tests.Performance.PowerScaling;

/// <summary>What holds for every step, every draw and every cap.</summary>
internal sealed class CapLatencyLawTests
{
    private const double Nameplate = 700;

    private static readonly Gen<StepBalance> Balances = Gen.Select(Gen.Double[0, 1], Gen.Double[-3, 3]).Array[0, 12].Select(operations =>
    {
        var balance = default(StepBalance);
        foreach (var (time, power) in operations)
        {
            balance = balance.With(time, power > 2.5 ? double.PositiveInfinity : power < -2.5 ? 0 : Math.Pow(10, power));
        }

        return balance;
    });

    private static readonly Gen<CapLatency> Models = Gen.Select(Gen.Bool, Gen.Double[100, 700].Array[2, 6], Gen.Double[0.5, 3].Array[6], Gen.Bool).Select((curved, caps, latencies, guarded) =>
        new CapLatency(
            Nameplate,
            guarded ? null : new PowerScalingOptions { GuardShare = 0 },
            curved ? new CapCurve(caps.Distinct().Append(701).Select((cap, i) => new CapCurvePoint(cap, latencies[i % latencies.Length]))) : null));

    private static readonly Gen<double> Watts = Gen.Double[200, 760];

    [Test]
    public void A_lower_cap_is_never_faster() =>
        Gen.Select(Models, Balances, Watts, Watts, Watts).Holds((model, balance, natural, a, b) =>
            model.Factor(balance, natural, Math.Min(a, b)) >= model.Factor(balance, natural, Math.Max(a, b)) * (1 - 1e-12));

    [Test]
    public void A_larger_natural_draw_is_never_faster_under_the_same_cap() =>
        Gen.Select(Models, Balances, Watts, Watts, Watts).Holds((model, balance, cap, a, b) =>
            model.Factor(balance, Math.Max(a, b), cap) >= model.Factor(balance, Math.Min(a, b), cap) * (1 - 1e-12));

    [Test]
    public void A_cap_at_or_above_the_natural_draw_changes_nothing() =>
        Gen.Select(Models, Balances, Watts, Gen.Double[0, 300]).Holds((model, balance, natural, above) => model.Factor(balance, natural, natural + above) == 1);

    [Test]
    public void A_little_less_cap_costs_a_little_more_time() =>
        Gen.Select(Balances, Gen.Bool, Gen.Double[200.1, 760], Gen.Double[200, 760]).Holds((balance, guarded, natural, cap) =>
        {
            // The steepest place, at 200 W of 700, costs pure compute about a tenth of its time a watt; continuity says that a millionth of a watt costs a millionth of that.
            var model = new CapLatency(Nameplate, guarded ? null : new PowerScalingOptions { GuardShare = 0 });
            var factor = model.Factor(balance, natural, cap);
            return model.Factor(balance, natural, cap - 1e-6) <= factor * (1 + 1e-6);
        });

    [Test]
    public void A_curve_is_continuous_at_the_natural_draw() =>
        Gen.Select(Gen.Double[0.5, 3].Array[5], Gen.Double[250, 690]).Holds((latencies, natural) =>
        {
            var model = new CapLatency(Nameplate, curve: new CapCurve(latencies.Select((latency, i) => new CapCurvePoint(200 + (120 * i), latency))));
            return model.Factor(default, natural, natural - 1e-6) <= 1 + 1e-6;
        });

    [Test]
    public void No_step_slows_down_more_than_pure_compute_or_less_than_pure_memory() =>
        Gen.Select(Balances, Watts, Watts).Holds((balance, natural, cap) =>
        {
            var model = new CapLatency(Nameplate);
            var factor = model.Factor(balance, natural, cap);
            return factor <= model.Factor(StepBalance.Uniform(double.PositiveInfinity), natural, cap) * (1 + 1e-12)
                && factor >= model.Factor(StepBalance.Uniform(0), natural, cap);
        });

    [Test]
    public void A_balance_answers_like_the_sum_over_its_operations() =>
        Gen.Select(Gen.Select(Gen.Double[0.01, 1], Gen.Double[-3, 3]).Array[1, 12], Gen.Double[320, 700], Gen.Double[250, 700]).Holds((operations, natural, cap) =>
        {
            if (cap >= natural)
            {
                return true;
            }

            var balance = default(StepBalance);
            var clock = Math.Pow((cap - 189) / (natural - 189), 1 / 2.8);
            var (stretched, whole) = (0.0, 0.0);
            foreach (var (time, power) in operations)
            {
                var ratio = Math.Pow(10, power);
                balance = balance.With(time, ratio);
                whole += time;
                stretched += time * Math.Cbrt(Math.Pow(ratio / clock, 3) + 1) / Math.Cbrt(Math.Pow(ratio, 3) + 1);
            }

            var factor = new CapLatency(Nameplate, new PowerScalingOptions { GuardShare = 0 }).Factor(balance, natural, cap);
            return Math.Abs((factor * whole / stretched) - 1) <= (clock >= 0.5 ? 0.002 : 0.004);
        });

    [Test]
    public void A_step_of_unknown_balance_counts_as_pure_compute()
    {
        var model = new CapLatency(Nameplate);

        Assert.That(model.Factor(default, 600, 400), Is.EqualTo(model.Factor(StepBalance.Uniform(double.PositiveInfinity), 600, 400)).Within(1e-12));
    }

    [Test]
    public void The_guard_grows_from_0_at_57_to_6_percent_at_43_hundredths_of_the_nameplate_power()
    {
        var bare = new CapLatency(Nameplate, new PowerScalingOptions { GuardShare = 0 });
        var guarded = new CapLatency(Nameplate);
        var balance = StepBalance.Uniform(2);
        double Raised(double cap) => (guarded.Factor(balance, 650, cap) / bare.Factor(balance, 650, cap)) - 1;

        Assert.That(Raised(0.58 * Nameplate), Is.Zero);
        Assert.That(Raised(0.50 * Nameplate), Is.EqualTo(0.03).Within(1e-9));
        Assert.That(Raised(0.43 * Nameplate), Is.EqualTo(0.06).Within(1e-9));
        Assert.That(Raised(0.30 * Nameplate), Is.EqualTo(0.06).Within(1e-9));
    }

    [Test]
    public void Nothing_is_answered_below_the_static_power_and_planned_below_the_lowest_measured_share()
    {
        var model = new CapLatency(Nameplate);

        Assert.That(model.Factor(StepBalance.Uniform(1), 600, 189), Is.EqualTo(double.PositiveInfinity));
        Assert.That(model.LowestCapWatts, Is.EqualTo(200).Within(1e-9));
        Assert.That(new CapLatency(Nameplate, curve: new CapCurve([new CapCurvePoint(250, 2), new CapCurvePoint(700, 1)])).LowestCapWatts, Is.EqualTo(250));
    }

    [Test]
    public void A_step_under_a_cap_says_what_it_draws_and_where_its_latency_comes_from()
    {
        var measured = new StepEstimate(10, 600, 1, Provenance.Measured);
        var curve = new CapCurve([new CapCurvePoint(300, 2), new CapCurvePoint(500, 1.25), new CapCurvePoint(700, 1)]);
        var byCurve = new CapLatency(Nameplate, curve: curve);
        var byModel = new CapLatency(Nameplate);

        Assert.That(byCurve.Apply(measured, default, 700, 500), Is.EqualTo(new CappedStep(12.5, 500, Provenance.Measured)));
        Assert.That(byCurve.Apply(measured, default, 700, 400).Provenance, Is.EqualTo(Provenance.Interpolated));
        Assert.That(byModel.Apply(measured, default, 600, 500).Provenance, Is.EqualTo(Provenance.Modelled));
        Assert.That(byModel.Apply(measured, default, 600, 600), Is.EqualTo(new CappedStep(10, 600, Provenance.Measured)));
    }

    [Test]
    public void A_curve_refuses_what_it_cannot_be_made_of()
    {
        Assert.That(() => new CapCurve([new CapCurvePoint(300, 1)]), Throws.ArgumentException.With.Message.Contains("at least two"));
        Assert.That(() => new CapCurve([new CapCurvePoint(300, 1), new CapCurvePoint(300, 2)]), Throws.ArgumentException.With.Message.Contains("300 W occurs twice"));
        Assert.That(() => new CapCurve([new CapCurvePoint(300, double.NaN), new CapCurvePoint(400, 2)]), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_curve_flattens_noise_that_would_make_a_lower_cap_faster()
    {
        var model = new CapLatency(Nameplate, curve: new CapCurve([new CapCurvePoint(300, 1.1), new CapCurvePoint(400, 1.2), new CapCurvePoint(700, 1)]));

        Assert.That(model.Factor(default, 700, 300), Is.EqualTo(1.2).Within(1e-12));
    }
}
