using PowerPlanner.Feedback;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Feedback;

internal sealed class CorrectionStateTests
{
    private static readonly FeedbackOptions Off = new() { PowerLimitedBand = 0 };
    private static readonly FeedbackOptions Band = new();

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

        Assert.That(Update(Fresh, sample).Values, Is.EqualTo(Fresh.Values));
    }

    [Test]
    public void Latencies_of_a_window_that_straddles_a_change_teach_nothing()
    {
        var sample = new CorrectionSample { Requests = 10, Ttft = new(75, 50, true), Itl = new(5, 10, true) { IsSaturated = true } };

        Assert.That(Update(Fresh, sample).Values, Is.EqualTo(Fresh.Values));
    }

    [Test]
    [Property("Defect", "D-02")]
    [Property("Rule", "LIB-7.2-e")]
    public void Latencies_of_a_saturated_side_raise_nothing()
    {
        var next = Update(Fresh, new CorrectionSample { Requests = 10, Ttft = new(5000, 50, false) { IsSaturated = true }, Itl = new(15, 10, false) }, times: 5);

        Assert.That(next.Ttft.Value, Is.EqualTo(1));
        Assert.That(next.Itl.Value, Is.EqualTo(1 + (0.5 * (1 - Math.Pow(0.7, 5)))).Within(1e-12));
    }

    [Test]
    public void A_saturated_side_that_is_as_fast_as_its_model_is_no_longer_thought_slow()
    {
        // After a glitch that passed, the smaller plan saturates: 1.78 stayed for days beside latencies that were exactly the model's.
        var state = CorrectionState.Start(Corrections.None with { Itl = 1.78 });

        state = Update(state, new() { Requests = 10, Itl = new(10, 10, false) { IsSaturated = true } }, times: 10);

        Assert.That(state.Itl.Value, Is.EqualTo(1 + (0.78 * Math.Pow(0.7, 10))).Within(1e-12));
    }

    [Test]
    public void An_active_prefill_side_learns_its_power() =>
        Assert.That(Update(Fresh, new() { PowerPrefill = Power(840, 700, 5000) }).PowerPrefill.Value, Is.EqualTo(1.06).Within(1e-12));

    [Test]
    public void A_model_that_predicts_nothing_teaches_nothing() =>
        Assert.That(Update(Fresh, new() { Requests = 10, Ttft = new(75, 0, false), PowerPrefill = Power(500, 0, 5000) }).Values, Is.EqualTo(Fresh.Values));

    [TestCase(0.0)]
    [TestCase(null)]
    public void An_idle_side_learns_nothing(double? scheduled) =>
        Assert.That(Update(Fresh, new() { Requests = 5, PowerPrefill = Power(600, 700, scheduled) }).Values, Is.EqualTo(Fresh.Values));

    [Test]
    [Property("Defect", "D-08")]
    public void Sides_learn_apart()
    {
        var next = Update(Fresh, new() { PowerPrefill = Power(600, 700, 0), PowerDecode = Power(850, 700, 2000) });

        Assert.That(next.PowerPrefill.Value, Is.EqualTo(1));
        Assert.That(next.PowerDecode.Value, Is.EqualTo(1.0642857).Within(1e-7));
    }

    [Test]
    [Property("Defect", "D-41")]
    public void An_aggregated_engine_has_a_coefficient_of_its_own()
    {
        var next = Update(Fresh, new() { PowerAggregated = Power(850, 700, 5000) });

        Assert.That(next.PowerAggregated.Value, Is.EqualTo(1.0642857).Within(1e-7));
        Assert.That(next.Values with { PowerAggregated = 1 }, Is.EqualTo(Corrections.None));
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
        double[] ratios = [3, 3, 3, 3, 3, 1, 1, 1, 10, 10, 10];

        for (var tick = 0; tick < ratios.Length; tick++)
        {
            state = state.Update(new() { PowerDecode = Power(360 * ratios[tick], 360, 1) }, At(tick), Off, out var events);
            seen.Add(events);
        }

        // 1.3, 1.6, 1.9, 2 (2.2), 2, 2 (one reading), 1.7, 1.49, 1.49 (one reading), 1.79, 2 (2.09)
        CorrectionEvents[] expected = [0, 0, 0, CorrectionEvents.PowerDecodePegged, 0, 0, CorrectionEvents.PowerDecodeRecovered, 0, 0, 0, CorrectionEvents.PowerDecodePegged];
        Assert.That(seen, Is.EqualTo(expected));
        Assert.That(state.PowerDecode.PeggedSince, Is.EqualTo(At(10)));
    }

    [TestCase(1, 1000, 2)]
    [TestCase(0.6, 1, 0.5)]
    public void A_coefficient_that_rests_exactly_on_its_bound_is_still_pegged(double before, double beyondMs, double bound)
    {
        var state = Update(CorrectionState.Start(Corrections.None with { Itl = before }), new() { Requests = 1, Itl = new(beyondMs, 10, false) }, times: 4);

        state = state.Update(new() { Requests = 1, Itl = new(10 * bound, 10, false) }, At(9), Off, out var events);

        Assert.That((state.Itl.Value, state.Itl.PeggedSince), Is.EqualTo((bound, (TimeSpan?)At(1))));
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

        var next = Update(state, new() { PowerDecode = Power(360, 360, 1, cap: 360) with { IsHeldBelowDemand = true } }, times: 500, Band);

        Assert.That(next.PowerDecode.Value, Is.EqualTo(1.3));
    }

    [Test]
    public void A_belief_beyond_the_cap_of_a_side_that_is_not_held_back_fades_towards_the_cap()
    {
        // One bad window once left 1.09 beside a day of readings at exactly the model's draw, which was the cap.
        var state = CorrectionState.Start(Corrections.None with { PowerDecode = 1.09 });
        var sample = new CorrectionSample { PowerDecode = Power(360, 360, 1, cap: 360) };

        Assert.That(Update(state, sample, Band).PowerDecode.Value, Is.EqualTo(1.0882).Within(1e-12));
        Assert.That(Update(state, sample, times: 120, Band).PowerDecode.Value, Is.EqualTo(1 + (0.09 * Math.Pow(0.98, 120))).Within(1e-12));
        Assert.That(Update(state, new() { PowerDecode = Power(370, 360, 1, cap: 360) }, times: 1000, Band).PowerDecode.Value, Is.EqualTo(370 / 360.0).Within(1e-6), "no further than what is read");
        Assert.That(Update(state, new() { PowerDecode = Power(360, 360, 1, cap: 360) with { IsProbing = true } }, times: 1000, Band).PowerDecode.Value, Is.EqualTo(1.09), "a trial will tell");
    }

    [TestCase(0.01)]
    [TestCase(0.03)]
    public void What_a_held_side_wanted_is_not_unlearnt_from_the_noise_of_its_meter(double noise)
    {
        // Truth 1.25: 375 W natural, held at 250 W for ten hours.
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var state = CorrectionState.Start(Corrections.None with { PowerDecode = 1.25 });
            for (var minute = 0; minute < 600; minute++)
            {
                var gauss = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                state = Update(state, new() { PowerDecode = Power(250 * (1 + (noise * gauss)), 300, 1, cap: 250) with { IsHeldBelowDemand = true } }, Band);
            }

            Assert.That(state.PowerDecode.Value, Is.EqualTo(1.25).Within(0.03), $"seed {seed}");
        }
    }

    [TestCase(200)]
    [TestCase(300)]
    public void A_held_side_that_stays_clear_of_its_cap_shows_what_it_wants(double watts)
    {
        // Below the cap the work wants less; above it the cap does not hold.
        var state = CorrectionState.Start(Corrections.None with { PowerDecode = 1.25 });
        var sample = new CorrectionSample { PowerDecode = Power(watts, 300, 1, cap: 250) with { IsHeldBelowDemand = true } };

        Assert.That(Update(state, sample, times: 3, Band).PowerDecode.Value, Is.EqualTo(1.25));
        Assert.That(Update(state, sample, times: 20, Band).PowerDecode.Value, Is.EqualTo(watts / 300).Within(0.01));
    }

    [Test]
    public void Under_sixty_silent_windows_a_coefficient_stays_and_then_it_fades_to_its_initial_value()
    {
        var state = Update(CorrectionState.Start(Corrections.None with { PowerDecode = 1.2 }), new() { PowerDecode = Power(540, 360, 1) }, times: 3);
        var learnt = state.PowerDecode.Value;

        Assert.That(Update(state, default, times: 60).PowerDecode.Value, Is.EqualTo(learnt));
        Assert.That(Update(state, default, times: 61).PowerDecode.Value, Is.EqualTo(learnt + (0.02 * (1.2 - learnt))).Within(1e-12));
        Assert.That(Update(state, default, times: 460).PowerDecode.Value, Is.EqualTo(1.2).Within(1e-4));
    }

    [Test]
    public void Windows_that_bear_a_coefficient_out_keep_it_from_fading()
    {
        var state = CorrectionState.Start(new Corrections(1.4, 1.4, 1.3, 1.3, 1));
        state = state with { Ttft = state.Ttft with { Initial = 1 }, PowerDecode = state.PowerDecode with { Initial = 1 } };
        var bears = new CorrectionSample
        {
            Requests = 10,
            Ttft = new(5000, 50, false) { IsSaturated = true },
            PowerDecode = Power(360, 360, 1, cap: 360) with { IsHeldBelowDemand = true },
        };
        for (var i = 0; i < 500; i++)
        {
            state = Update(state, i % 60 == 59 ? bears : default, Band);
        }

        Assert.That((state.Ttft.Value, state.PowerDecode.Value), Is.EqualTo((1.4, 1.3)));
    }

    [Test]
    public void A_peg_that_nothing_confirms_any_more_is_told_when_it_fades()
    {
        var state = Update(Fresh, new() { PowerDecode = Power(3600, 360, 1) }, times: 5);
        Assert.That(state.PowerDecode.IsPegged, Is.True);

        state = Update(state, default, times: 60).Update(default, At(2), Off, out var events);

        Assert.That(events, Is.EqualTo(CorrectionEvents.PowerDecodeRecovered));
        Assert.That(state.PowerDecode.IsPegged, Is.False);
    }

    [Test]
    public void Remembered_readings_are_carried_to_a_new_base()
    {
        // 420 W twice, then the same over another denominator: nothing has changed, so nothing moves.
        var state = Update(CorrectionState.Start(Corrections.None with { PowerDecode = 0.6 }), new() { PowerDecode = Power(420, 700, 1) }, times: 2);

        var rebased = Update(state.Rebase(CorrectionKind.PowerDecode, 700, 350), new() { PowerDecode = Power(420, 350, 1) });

        Assert.That(rebased.PowerDecode.Value, Is.EqualTo(1.2).Within(1e-12));
        Assert.That((rebased.PowerDecode.Former.Ratio, rebased.PowerDecode.Last.Ratio), Is.EqualTo((1.2, 1.2)));
    }

    [Test]
    public void Both_remembered_readings_are_carried_to_a_new_base()
    {
        var state = Update(Update(Fresh, new() { PowerDecode = Power(700, 700, 1) }), new() { PowerDecode = Power(420, 700, 1) });

        var rebased = state.Rebase(CorrectionKind.PowerDecode, 700, 350).PowerDecode;

        Assert.That((rebased.Former.Ratio, rebased.Last.Ratio), Is.EqualTo((2.0, 1.2)));
    }

    [Test]
    public void With_the_band_off_every_reading_is_demand_also_of_a_side_that_is_held_below_it()
    {
        var state = Update(Fresh, new() { PowerDecode = Power(560, 700, 2000, 700) with { IsHeldBelowDemand = true } });

        Assert.That(state.PowerDecode.Value, Is.EqualTo(0.94).Within(1e-12));
    }

    [Test]
    public void A_base_beyond_all_numbers_forgets_what_it_cannot_carry()
    {
        var state = Update(Fresh, new() { PowerDecode = Power(420, 700, 1) }, times: 2);

        Assert.That(state.Rebase(CorrectionKind.PowerDecode, 1e300, 1e-300).PowerDecode.Last, Is.EqualTo(default(RatioReading)));
        Assert.That(Update(Fresh, new() { PowerDecode = Power(1e300, 1e-300, 1) }).PowerDecode.Last.Ratio, Is.EqualTo(1e6), "a number that JSON can carry");
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
        Assert.That(Update(Fresh, new() { PowerDecode = Power(396, 360, 1, cap: 396) with { IsProbing = true } }, Band).Values, Is.EqualTo(Fresh.Values));

    [Test]
    public void A_window_that_straddles_a_change_teaches_nothing()
    {
        // 425 → 250 W, weighted 0.66 to 0.34: without discarding the coefficient falls to 0.958.
        var sample = new CorrectionSample { PowerDecode = Power(365.5, 425, 1, cap: 250) with { IsStraddled = true } };

        Assert.That(Update(Fresh, sample, Band).Values, Is.EqualTo(Fresh.Values));
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
        Assert.That(rebased.Rebase(CorrectionKind.PowerDecode, 410, 700).Values, Is.EqualTo(rebased.Values), "no reading has moved it since");
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
        var pegged = Update(Fresh, new() { PowerDecode = Power(7000, 700, 1) }, times: 4);
        var kept = pegged.Rebase(CorrectionKind.PowerDecode, 700, 350).PowerDecode;
        var ended = pegged.Rebase(CorrectionKind.PowerDecode, 350, 700).PowerDecode;

        Assert.That((kept.Value, kept.HasLearned, kept.PeggedSince), Is.EqualTo((2.0, false, (TimeSpan?)At(1))));
        Assert.That((ended.Value, ended.HasLearned, ended.PeggedSince), Is.EqualTo((1.0, false, (TimeSpan?)null)));
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

    private static CorrectionState Update(in CorrectionState state, in CorrectionSample sample, FeedbackOptions? options = null) => state.Update(sample, At(1), options ?? Off, out _);

    private static CorrectionState Update(CorrectionState state, in CorrectionSample sample, int times, FeedbackOptions? options = null)
    {
        for (var i = 0; i < times; i++)
        {
            state = Update(state, sample, options);
        }

        return state;
    }

    private static PowerSample Power(double watts, double modelled, double? scheduled, int? cap = null) =>
        new() { WattsPerGpu = watts, ModelledWatts = modelled, ScheduledTokens = scheduled, CapWatts = cap };

    private static TimeSpan At(int tick) => TimeSpan.FromMinutes(tick);

    private static bool Near(Corrections a, Corrections b) =>
        Math.Abs(a.Ttft - b.Ttft) + Math.Abs(a.Itl - b.Itl) + Math.Abs(a.PowerPrefill - b.PowerPrefill)
        + Math.Abs(a.PowerDecode - b.PowerDecode) + Math.Abs(a.PowerAggregated - b.PowerAggregated) < 1e-12;
}
