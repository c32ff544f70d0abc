using System.Text.Json;
using CsCheck;
using PowerPlanner.Feedback;

namespace PowerPlanner.Tests.Feedback;

internal sealed class CapEnforcementTests
{
    private static readonly FeedbackOptions Options = new();
    private static readonly CapEvidence Held = new() { WattsPerGpu = 360, MeteredLimitWatts = 360, CapWatts = 360, NameplateWatts = 700 };
    private static readonly CapEvidence Above = Held with { WattsPerGpu = 540 };
    private static readonly CapEvidence Raised = Held with { MeteredLimitWatts = 450 };
    private static readonly CapEvidence Silent = new() { CapWatts = 360, NameplateWatts = 700 };

    private static readonly Gen<double?> GenWatts = Gen.Frequency(
        (6, Gen.Double[300, 800].Select(watts => (double?)watts)),
        (2, Gen.Int[0, 7].Select(i => (double?)((double[])[0, -1, 0.5, 1e300, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1401])[i])),
        (2, Gen.Const((double?)null)));

    private static readonly Gen<CapEvidence> GenWindow = Gen.Select(
        GenWatts, GenWatts, Gen.Frequency((5, Gen.Const((int?)360)), (2, Gen.Int[-5, 700].Select(cap => (int?)cap)), (1, Gen.Const((int?)null))), Gen.Bool, Gen.Int[0, 9],
        (draw, limit, cap, isNamed, straddled) => new CapEvidence
        {
            WattsPerGpu = draw,
            MeteredLimitWatts = limit,
            CapWatts = cap,
            NameplateWatts = isNamed ? 700 : null,
            IsStraddled = straddled == 0,
        });

    [Test]
    public void One_draw_above_the_cap_is_an_alarm_that_stops_growth_and_charges_nothing()
    {
        var state = After(Held, Held, Above);

        Assert.That((state.IsNotEnforced, state.MayGrow, state.FloorWatts, state.IsPowerLimited), Is.EqualTo((true, false, 0, false)));
    }

    [Test]
    public void The_next_draw_within_the_cap_ends_the_alarm()
    {
        var state = After(Held, Above, Held);

        Assert.That((state.IsNotEnforced, state.MayGrow, state.IsPowerLimited), Is.EqualTo((false, true, true)));
    }

    [Test]
    public void Silence_proves_nothing()
    {
        var state = After([Above, .. Enumerable.Repeat(Silent, 100)]);

        Assert.That((state.IsNotEnforced, state.MayGrow, state.FloorWatts), Is.EqualTo((true, false, 0)));
    }

    [TestCase(367.3)]
    [TestCase(378.0)]
    public void A_meter_that_reads_high_within_its_accuracy_stops_no_growth(double watts)
    {
        var state = After([.. Enumerable.Repeat(Held with { WattsPerGpu = watts }, 10)]);

        Assert.That((state.MayGrow, state.IsPowerLimited), Is.EqualTo((true, true)));
    }

    [Test]
    public void Three_draws_above_the_cap_are_charged_at_the_least_of_them()
    {
        Assert.That(After(Above, Above).FloorWatts, Is.Zero);
        Assert.That(After(Above with { WattsPerGpu = 1300 }, Above with { WattsPerGpu = 539.1 }, Above with { WattsPerGpu = 600 }).FloorWatts, Is.EqualTo(540));
    }

    [Test]
    public void A_spike_among_three_raises_the_charge_by_nothing() =>
        Assert.That(After(Above, Above, Above, Above with { WattsPerGpu = 1390 }, Above, Above).FloorWatts, Is.EqualTo(540));

    [Test]
    public void More_draw_for_three_windows_is_charged_and_less_is_not_refunded_while_the_cap_fails()
    {
        var more = Above with { WattsPerGpu = 650 };
        var state = After(Above, Above, Above, more, more);
        Assert.That(state.FloorWatts, Is.EqualTo(540));

        state = Advance(state, more);
        Assert.That(state.FloorWatts, Is.EqualTo(650));
        Assert.That(Advance(state, [.. Enumerable.Repeat(Above, 10)]).FloorWatts, Is.EqualTo(650));
    }

    [Test]
    public void A_draw_within_the_cap_ends_the_row() => Assert.That(After(Above, Above, Held, Above, Above).FloorWatts, Is.Zero);

    [Test]
    public void Windows_that_show_nothing_neither_count_nor_end_the_row()
    {
        var straddled = Held with { IsStraddled = true };
        var unknown = Held with { CapWatts = null };

        Assert.That(After(Above, Silent, Above, straddled, unknown, Silent).FloorWatts, Is.Zero);
        Assert.That(After(Above, Silent, Above, straddled, unknown, Above).FloorWatts, Is.EqualTo(540));
    }

    [Test]
    public void A_metered_limit_above_the_cap_three_times_is_charged_at_the_least_of_them()
    {
        var state = After(Raised with { MeteredLimitWatts = 1400 }, Raised);
        Assert.That((state.FloorWatts, state.MayGrow), Is.EqualTo((0, true)));

        state = Advance(state, Raised with { MeteredLimitWatts = 500 });
        Assert.That((state.FloorWatts, state.MayGrow, state.IsNotEnforced), Is.EqualTo((450, false, false)));
    }

    [Test]
    public void Of_draw_and_metered_limit_the_higher_is_charged()
    {
        Assert.That(After([.. Enumerable.Repeat(Above with { MeteredLimitWatts = 700 }, 3)]).FloorWatts, Is.EqualTo(700));
        Assert.That(After([.. Enumerable.Repeat(Above with { MeteredLimitWatts = 400 }, 3)]).FloorWatts, Is.EqualTo(540));
    }

    [TestCase(0.99, 700.0)]
    [TestCase(0.0, 700.0)]
    [TestCase(-450.0, 700.0)]
    [TestCase(1400.1, 700.0)]
    [TestCase(10_001.0, null)]
    [TestCase(double.NaN, null)]
    [TestCase(double.PositiveInfinity, null)]
    [TestCase(360.9, 700.0)]
    public void An_absurd_metered_limit_and_a_fraction_of_a_watt_are_ignored(double limit, double? nameplate)
    {
        var state = After([.. Enumerable.Repeat(Held with { MeteredLimitWatts = limit, NameplateWatts = nameplate }, 10)]);

        Assert.That((state.FloorWatts, state.MayGrow), Is.EqualTo((0, true)));
    }

    [TestCase(9_999.0, null, 9_999)]
    [TestCase(1_400.0, 700.0, 1_400)]
    [TestCase(361.0, 700.0, 361)]
    public void A_limit_that_a_board_could_have_is_believed(double limit, double? nameplate, int expected) =>
        Assert.That(After([.. Enumerable.Repeat(Held with { MeteredLimitWatts = limit, NameplateWatts = nameplate }, 3)]).FloorWatts, Is.EqualTo(expected));

    [Test]
    public void Three_windows_of_agreement_lift_the_charge_and_two_do_not()
    {
        var state = After(Above, Above, Above, Held, Held);
        Assert.That((state.FloorWatts, state.MayGrow, state.IsNotEnforced), Is.EqualTo((540, false, false)));

        Assert.That(Advance(state, Held), Is.EqualTo(Settled()));
        Assert.That(Advance(state, Held with { MeteredLimitWatts = null }).FloorWatts, Is.Zero, "a limit that nobody reports contradicts nothing");
        Assert.That(Advance(state, Above, Held, Held).FloorWatts, Is.EqualTo(540), "a disagreement starts the row again");
        Assert.That(Advance(state, Raised, Held, Held).FloorWatts, Is.EqualTo(540), "of the limit too");
        Assert.That(Advance(state, Silent, Held).FloorWatts, Is.Zero, "silence does not");
    }

    [Test]
    public void A_limit_that_agrees_is_no_proof_that_the_draw_does()
    {
        // 250 W set, 250 W reported, 540 W drawn, and then the draw's meter dies.
        var state = After([Above, Above, Above, .. Enumerable.Repeat(Held with { WattsPerGpu = null }, 50)]);

        Assert.That(state.FloorWatts, Is.EqualTo(540));
    }

    [Test]
    public void Without_a_meter_of_draw_a_limit_lifts_what_a_limit_has_set()
    {
        var raised = Raised with { WattsPerGpu = null };
        var lowered = Held with { WattsPerGpu = null };

        Assert.That(After(raised, raised, raised, lowered, lowered).FloorWatts, Is.EqualTo(450));
        Assert.That(After(raised, raised, raised, lowered, lowered, lowered).FloorWatts, Is.Zero);
    }

    [Test]
    public void A_cap_that_was_raised_above_the_draw_agrees_with_it()
    {
        var state = After([Above, Above, Above, .. Enumerable.Repeat(Above with { CapWatts = 560, MeteredLimitWatts = 560 }, 3)]);

        Assert.That((state.FloorWatts, state.MayGrow), Is.EqualTo((0, true)));
    }

    [Test]
    public void Without_a_band_draws_are_not_judged_and_limits_are()
    {
        var off = new FeedbackOptions { PowerLimitedBand = 0 };
        var state = default(CapEnforcement);
        for (var i = 0; i < 5; i++)
        {
            state = state.Advance(Above with { MeteredLimitWatts = 400 }, off);
        }

        Assert.That((state.IsNotEnforced, state.DrawFloorWatts, state.FloorWatts), Is.EqualTo((false, 0, 400)));
    }

    [Test]
    public void No_single_window_moves_the_charge() =>
        Gen.Select(Gen.Bool, GenWindow, Gen.Int[0, 8]).Holds((fails, lie, at) =>
        {
            var honest = fails ? Above : Held;
            var expected = fails ? 540 : 0;
            var state = After(honest, honest, honest, honest);
            for (var i = 0; i < 12; i++)
            {
                state = Advance(state, i == at ? lie : honest);
                if (state.FloorWatts != expected)
                {
                    return false;
                }
            }

            return state.MayGrow == !fails;
        }, iter: 5000);

    [Test]
    public void Whatever_came_before_three_windows_of_agreement_settle_everything() =>
        Gen.Select(GenWindow.Array[0, 40], Gen.Bool).Holds((windows, isMetered) =>
        {
            var honest = isMetered ? Held : Held with { MeteredLimitWatts = null };
            var state = Advance(After(windows), honest, honest, honest);

            return state.MayGrow && state.FloorWatts == 0 && state.IsPowerLimited;
        }, iter: 5000);

    [Test]
    public void A_charge_is_never_more_than_a_board_could_take_nor_set_by_fewer_than_three() =>
        GenWindow.Array[1, 40].Holds(windows =>
        {
            var state = default(CapEnforcement);
            var floors = new List<int>();
            foreach (var window in windows)
            {
                var before = state;
                state = state.Advance(window, Options);
                floors.Add(state.FloorWatts);
                var isRaised = state.FloorWatts > before.FloorWatts;
                if (state.FloorWatts > 10_000 || (isRaised && floors.Count < 3) || (isRaised && window.IsStraddled))
                {
                    return false;
                }
            }

            return true;
        }, iter: 5000);

    [Test]
    public void It_survives_a_snapshot()
    {
        var state = After(Above, Raised, Above with { WattsPerGpu = 612.5 });

        Assert.That(JsonSerializer.Deserialize<CapEnforcement>(JsonSerializer.Serialize(state)), Is.EqualTo(state));
    }

    [Test]
    public void Looking_at_a_window_allocates_nothing()
    {
        var state = After(Above, Raised);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            state = state.Advance(i % 2 == 0 ? Above : Raised, Options);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(state.MayGrow, Is.True);
    }

    private static CapEnforcement Settled() => After(Held, Held, Held);

    private static CapEnforcement After(params CapEvidence[] windows) => Advance(default, windows);

    private static CapEnforcement Advance(CapEnforcement state, params CapEvidence[] windows)
    {
        foreach (var window in windows)
        {
            state = state.Advance(window, Options);
        }

        return state;
    }
}
