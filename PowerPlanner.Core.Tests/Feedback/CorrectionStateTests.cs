using PowerPlanner.Feedback;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Feedback;

internal sealed class CorrectionStateTests
{
    private const double Off = 0;
    private const double Band = 0.02;

    private static readonly CorrectionState Fresh = CorrectionState.Start(Corrections.None);

    [Test]
    public void Latencies_move_three_tenths_of_the_way()
    {
        var next = Update(Fresh, new CorrectionSample { Requests = 10, Ttft = new(75, 50, false), Itl = new(15, 10, false) });

        Assert.That(next.Values, Is.EqualTo(new Corrections(1.15, 1.15, 1, 1, 1)).Using<Corrections>(Near));
    }

    [TestCase(0.0)]
    [TestCase(null)]
    public void Latencies_of_a_window_without_requests_teach_nothing(double? requests)
    {
        var sample = new CorrectionSample { Requests = requests, Ttft = new(75, 50, false), Itl = new(15, 10, false) };

        Assert.That(Update(Fresh, sample), Is.EqualTo(Fresh));
    }

    [Test]
    [Property("Defect", "D-02")]
    [Property("Rule", "LIB-7.2-e")]
    public void Latencies_of_a_saturated_side_teach_nothing()
    {
        var next = Update(Fresh, new CorrectionSample { Requests = 10, Ttft = new(5000, 50, true), Itl = new(15, 10, false) });

        Assert.That(next.Ttft, Is.EqualTo(Fresh.Ttft));
        Assert.That(next.Itl.Value, Is.EqualTo(1.15).Within(1e-12));
    }

    [Test]
    public void An_active_prefill_side_learns_its_power() =>
        Assert.That(Update(Fresh, new() { PowerPrefill = Power(840, 700, 5000) }).PowerPrefill.Value, Is.EqualTo(1.06).Within(1e-12));

    [Test]
    public void A_model_that_predicts_nothing_teaches_nothing() =>
        Assert.That(Update(Fresh, new() { Requests = 10, Ttft = new(75, 0, false), PowerPrefill = Power(500, 0, 5000) }), Is.EqualTo(Fresh));

    [TestCase(0.0)]
    [TestCase(null)]
    public void An_idle_side_learns_nothing(double? scheduled) =>
        Assert.That(Update(Fresh, new() { Requests = 5, PowerPrefill = Power(600, 700, scheduled) }), Is.EqualTo(Fresh));

    [Test]
    [Property("Defect", "D-08")]
    public void Sides_learn_apart()
    {
        var next = Update(Fresh, new() { PowerPrefill = Power(600, 700, 0), PowerDecode = Power(850, 700, 2000) });

        Assert.That(next.PowerPrefill, Is.EqualTo(Fresh.PowerPrefill));
        Assert.That(next.PowerDecode.Value, Is.EqualTo(1.0642857).Within(1e-7));
    }

    [Test]
    [Property("Defect", "D-41")]
    public void An_aggregated_engine_has_a_coefficient_of_its_own()
    {
        var next = Update(Fresh, new() { PowerAggregated = Power(850, 700, 5000) });

        Assert.That(next.PowerAggregated.Value, Is.EqualTo(1.0642857).Within(1e-7));
        Assert.That(next with { PowerAggregated = Fresh.PowerAggregated }, Is.EqualTo(Fresh));
    }

    [Test]
    public void Twenty_windows_at_four_fifths_bring_the_coefficient_there()
    {
        var state = Fresh;
        for (var i = 0; i < 20; i++)
        {
            state = Update(state, new() { PowerPrefill = Power(482.4, 603, 10_000) });
        }

        Assert.That(state.PowerPrefill.Value, Is.EqualTo(0.8001596).Within(1e-7));
    }

    [Test]
    public void Ten_windows_of_much_more_power_follow_the_closed_form()
    {
        var state = Fresh;
        for (var i = 0; i < 10; i++)
        {
            state = Update(state, new() { PowerPrefill = Power(1050, 603, 8000), PowerDecode = Power(1050, 558, 0) });
        }

        Assert.That(state.PowerPrefill.Value, Is.EqualTo((1050 / 603.0) - (((1050 / 603.0) - 1) * Math.Pow(0.7, 10))).Within(1e-12));
        Assert.That(state.PowerDecode.Value, Is.EqualTo(1));
    }

    [TestCase(1.9, 500, 2.0)]
    [TestCase(0.6, 1e-3, 0.5)]
    public void A_coefficient_is_cut_to_its_range_exactly(double before, double measuredMs, double expected)
    {
        var state = CorrectionState.Start(Corrections.None with { Ttft = before });

        var next = state.Update(new() { Requests = 10, Ttft = new(measuredMs, 50, false) }, At(1), Off, out var events);

        Assert.That(next.Ttft.Value, Is.EqualTo(expected));
        Assert.That(events, Is.EqualTo(CorrectionEvents.TtftPegged));
    }

    [Test]
    [Property("Defect", "D-13")]
    public void A_peg_is_reported_on_entry_and_again_only_after_recovery()
    {
        var seen = new List<CorrectionEvents>();
        var state = Fresh;
        double[] ratios = [3, 3, 3, 3, 1, 1, 10, 10];

        for (var tick = 0; tick < ratios.Length; tick++)
        {
            state = state.Update(new() { PowerDecode = Power(360 * ratios[tick], 360, 1) }, At(tick), Off, out var events);
            seen.Add(events);
        }

        // 1.6, 2 (2.02), 2, 2, 1.7, 1.49, 2, 2
        CorrectionEvents[] expected = [0, CorrectionEvents.PowerDecodePegged, 0, 0, CorrectionEvents.PowerDecodeRecovered, 0, CorrectionEvents.PowerDecodePegged, 0];
        Assert.That(seen, Is.EqualTo(expected));
        Assert.That(state.PowerDecode.PeggedSince, Is.EqualTo(At(6)));
    }

    [TestCase(1, 1000, 2)]
    [TestCase(0.6, 1, 0.5)]
    public void A_coefficient_that_rests_exactly_on_its_bound_is_still_pegged(double before, double beyondMs, double bound)
    {
        var state = Update(CorrectionState.Start(Corrections.None with { Itl = before }), new() { Requests = 1, Itl = new(beyondMs, 10, false) });

        state = state.Update(new() { Requests = 1, Itl = new(10 * bound, 10, false) }, At(9), Off, out var events);

        Assert.That(state.Itl, Is.EqualTo(new CoefficientState(bound, true, At(1))));
        Assert.That(events, Is.EqualTo(CorrectionEvents.None));
    }

    [Test]
    [Property("Defect", "D-09")]
    [Property("Rule", "LIB-6.2-c")]
    public void A_peg_against_a_non_physical_prediction_raises_no_alarm()
    {
        var state = CorrectionState.Start(Corrections.None with { PowerDecode = 0.5 });

        var next = state.Update(new() { PowerDecode = Power(100, 700, 1) with { IsModelInvalid = true } }, At(1), Off, out var events);

        Assert.That(events, Is.EqualTo(CorrectionEvents.None));
        Assert.That(next.PowerDecode.IsPegged, Is.True);
    }

    [Test]
    [Property("Defect", "D-09")]
    [Property("Rule", "LIB-6.2-a")]
    public void The_clamped_prediction_as_denominator_keeps_a_healthy_side_off_the_bound()
    {
        var state = Fresh;
        for (var i = 0; i < 50; i++)
        {
            state = state.Update(new() { PowerDecode = Power(500, 700, 1) with { IsModelInvalid = true } }, At(i), Off, out var events);
            Assert.That(events, Is.EqualTo(CorrectionEvents.None));
        }

        Assert.That(state.PowerDecode.Value, Is.EqualTo(500 / 700.0).Within(1e-6));
    }

    [Test]
    [Property("Defect", "D-14")]
    public void Half_of_a_step_is_followed_after_two_updates_and_nine_tenths_after_seven()
    {
        var shares = new List<double>();
        var state = Fresh;
        for (var i = 1; i <= 7; i++)
        {
            state = Update(state, new() { PowerDecode = Power(486, 360, 1) });
            shares.Add((state.PowerDecode.Value - 1) / 0.35);
        }

        Assert.That(Math.Log(0.5) / Math.Log(1 - FeedbackOptions.Smoothing), Is.EqualTo(1.94).Within(0.005));
        Assert.That(Math.Log(0.1) / Math.Log(1 - FeedbackOptions.Smoothing), Is.EqualTo(6.46).Within(0.005));
        Assert.That(shares[0], Is.LessThan(0.5));
        Assert.That(shares[1], Is.GreaterThan(0.5));
        Assert.That(shares[5], Is.LessThan(0.9));
        Assert.That(shares[6], Is.GreaterThan(0.9));
    }

    [Test]
    [Property("Defect", "D-01")]
    [Property("Rule", "LIB-7.2-a")]
    public void A_draw_held_down_by_its_cap_never_lowers_the_coefficient()
    {
        var state = CorrectionState.Start(Corrections.None with { PowerDecode = 1.3 });

        Assert.That(Update(state, new() { PowerDecode = Power(360, 360, 1, cap: 360) }, Band), Is.EqualTo(state));
    }

    [Test]
    [Property("Defect", "D-01")]
    public void A_draw_held_down_by_a_cap_above_what_is_known_raises_the_coefficient_towards_the_cap()
    {
        var state = CorrectionState.Start(Corrections.None with { PowerDecode = 0.847 });

        // The reading counts up to the cap: 364 W under 360 W is regulation error.
        Assert.That(Update(state, new() { PowerDecode = Power(364, 360, 1, cap: 360) }, Band).PowerDecode.Value, Is.EqualTo(0.8929).Within(1e-12));
    }

    [Test]
    [Property("Rule", "LIB-7.2-c")]
    public void A_draw_above_the_band_is_demand()
    {
        var values = new List<double>();
        var state = Fresh;
        foreach (var cap in (int[])[360, 360, 360])
        {
            state = Update(state, new() { PowerDecode = Power(540, 360, 1, cap) }, Band);
            values.Add(state.PowerDecode.Value);
        }

        Assert.That(values, Is.EqualTo(new[] { 1.15, 1.255, 1.3285 }).Within(1e-12));
    }

    [Test]
    public void A_cap_on_trial_teaches_nothing_from_inside_its_band() =>
        Assert.That(Update(Fresh, new() { PowerDecode = Power(396, 360, 1, cap: 396) with { IsProbing = true } }, Band), Is.EqualTo(Fresh));

    [Test]
    public void A_window_that_straddles_a_change_teaches_nothing()
    {
        // 425 → 250 W, weighted 0.66 to 0.34: without discarding the coefficient falls to 0.958.
        var sample = new CorrectionSample { PowerDecode = Power(365.5, 425, 1, cap: 250) with { IsStraddled = true } };

        Assert.That(Update(Fresh, sample, Band), Is.EqualTo(Fresh));
        Assert.That(Update(Fresh, new() { PowerDecode = Power(365.5, 425, 1) }).PowerDecode.Value, Is.EqualTo(0.958).Within(1e-12));
    }

    [Test]
    [Property("Defect", "D-15")]
    [Property("Rule", "LIB-7.2-f")]
    public void A_new_base_keeps_what_was_measured()
    {
        var state = Update(Fresh, new() { PowerDecode = Power(420, 700, 1) });

        var rebased = state.Rebase(CorrectionKind.PowerDecode, 700, 410);

        Assert.That(rebased.PowerDecode.Value * 410, Is.EqualTo(state.PowerDecode.Value * 700).Within(1e-9));
        Assert.That(rebased.Rebase(CorrectionKind.PowerDecode, 410, 700), Is.EqualTo(rebased), "no reading has moved it since");
    }

    [Test]
    public void A_coefficient_that_no_reading_has_moved_stays_on_a_new_base()
    {
        var state = CorrectionState.Start(Corrections.None with { PowerDecode = 1.15 });

        Assert.That(state.Rebase(CorrectionKind.PowerDecode, 700, 350), Is.EqualTo(state));
    }

    [TestCase(double.NaN, 350)]
    [TestCase(0, 350)]
    [TestCase(350, 0)]
    [TestCase(350, double.PositiveInfinity)]
    public void A_base_that_is_no_number_changes_nothing(double old, double @new)
    {
        var state = Update(Fresh, new() { PowerDecode = Power(420, 700, 1) });

        Assert.That(state.Rebase(CorrectionKind.PowerDecode, old, @new), Is.EqualTo(state));
    }

    [Test]
    public void A_new_base_ends_a_peg_only_where_it_takes_the_coefficient_off_its_bound()
    {
        var pegged = Update(Fresh, new() { PowerDecode = Power(7000, 700, 1) });

        Assert.That(pegged.Rebase(CorrectionKind.PowerDecode, 700, 350).PowerDecode, Is.EqualTo(new CoefficientState(2, false, At(1))));
        Assert.That(pegged.Rebase(CorrectionKind.PowerDecode, 350, 700).PowerDecode, Is.EqualTo(new CoefficientState(1, false, null)));
    }

    [Test]
    public void What_a_kept_probe_has_shown_is_carried_to_a_new_base()
    {
        var raised = Fresh.AtLeast(CorrectionKind.PowerDecode, 1.2);

        Assert.That(raised.Rebase(CorrectionKind.PowerDecode, 360, 400).PowerDecode.Value, Is.EqualTo(1.08).Within(1e-12));
    }

    [Test]
    public void A_kept_probe_raises_the_coefficient_and_never_lowers_it()
    {
        var raised = Fresh.AtLeast(CorrectionKind.PowerDecode, 396 / 360.0);

        Assert.That(raised.PowerDecode.Value, Is.EqualTo(1.1).Within(1e-12));
        Assert.That(raised.AtLeast(CorrectionKind.PowerDecode, 1.05), Is.EqualTo(raised));
        Assert.That(Fresh.AtLeast(CorrectionKind.PowerDecode, 1), Is.EqualTo(Fresh), "a cap at the model's own watts shows nothing new");
        Assert.That(raised.AtLeast(CorrectionKind.PowerDecode, 5).PowerDecode.Value, Is.EqualTo(2));
    }

    [Test]
    public void Resetting_power_keeps_the_latencies()
    {
        var sample = new CorrectionSample { Requests = 1, Ttft = new(75, 50, false), PowerPrefill = Power(840, 700, 1), PowerDecode = Power(840, 700, 1) };
        var state = Update(Fresh, sample);

        var reset = state.ResetPower(Corrections.None with { PowerDecode = 1.15 });

        Assert.That(reset.Values, Is.EqualTo(new Corrections(state.Ttft.Value, 1, 1, 1.15, 1)));
        Assert.That(reset.PowerDecode.HasLearned, Is.False);
    }

    [TestCase(double.NaN)]
    [TestCase(0.49)]
    [TestCase(2.01)]
    [Property("Defect", "D-24")]
    [Property("Rule", "LIB-3.3-b")]
    public void An_initial_coefficient_outside_its_range_is_refused(double value) =>
        Assert.That(() => CorrectionState.Start(Corrections.None with { Itl = value }), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void A_coefficient_that_does_not_exist_is_named_in_its_refusal() =>
        Assert.That(() => Fresh[(CorrectionKind)9], Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.StartsWith("9 is no correction coefficient"));

    [Test]
    public void An_update_allocates_nothing()
    {
        var sample = new CorrectionSample { Requests = 1, Ttft = new(75, 50, false), PowerDecode = Power(840, 700, 1, 700) };
        var state = Update(Fresh, sample, Band);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            state = state.Update(sample, At(i), Band, out _);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(state.Ttft.Value, Is.EqualTo(1.5).Within(1e-9));
    }

    private static CorrectionState Update(in CorrectionState state, in CorrectionSample sample, double band = Off) => state.Update(sample, At(1), band, out _);

    private static PowerSample Power(double watts, double modelled, double? scheduled, int? cap = null) =>
        new() { WattsPerGpu = watts, ModelledWatts = modelled, ScheduledTokens = scheduled, CapWatts = cap };

    private static TimeSpan At(int tick) => TimeSpan.FromMinutes(tick);

    private static bool Near(Corrections a, Corrections b) =>
        Math.Abs(a.Ttft - b.Ttft) + Math.Abs(a.Itl - b.Itl) + Math.Abs(a.PowerPrefill - b.PowerPrefill)
        + Math.Abs(a.PowerDecode - b.PowerDecode) + Math.Abs(a.PowerAggregated - b.PowerAggregated) < 1e-12;
}
