using CsCheck;
using PowerPlanner.Feedback;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Feedback;

internal sealed class CapProbeTests
{
    private const int Ticks = CapProbe.Ticks;

    private static readonly FeedbackOptions Options = new();

    private static readonly CapProbeInput Limited = new()
    {
        Reading = PowerReadingKind.PowerLimited,
        WattsPerGpu = 360,
        CapWatts = 360,
        PlannedCapWatts = 360,
        Requests = 38,
        LatencyRatio = 1.37,
        Utilization = 0.016,
        IsPlannedUncapped = true,
        RoomWattsPerGpu = 65,
        MaxCapWatts = 700,
    };

    private static readonly TestCaseData[] Reasons =
    [
        Reason("no requests", Limited with { Requests = 0 }),
        Reason("requests unknown", Limited with { Requests = null }),
        Reason("as fast as the model", Limited with { LatencyRatio = 1.05 }),
        Reason("latency unknown", Limited with { LatencyRatio = null }),
        Reason("saturated", Limited with { Utilization = 0.85 }),
        Reason("utilization unknown", Limited with { Utilization = null }),
        Reason("planned below its uncapped cap", Limited with { IsPlannedUncapped = false }),
        Reason("a foreign hand has lowered its cap", Limited with { PlannedCapWatts = 450 }),
        Reason("a foreign hand has raised its cap", Limited with { PlannedCapWatts = 300 }),
        Reason("no room in the budget", Limited with { RoomWattsPerGpu = 17 }),
        Reason("at the hardware's maximum", Limited with { MaxCapWatts = 360 }),
        Reason("the window straddles a change", Limited with { Reading = PowerReadingKind.None }),
        Reason("the cap does not hold", Limited with { Reading = PowerReadingKind.CapNotEnforced }),
    ];

    private static readonly Gen<CapProbeInput> GenTick = Gen.Select(
        Gen.Frequency((8, Gen.Double[300, 600].Select(demand => (double?)demand)), (1, Gen.Const((double?)null))),
        Gen.Frequency((8, Gen.Const((double?)38)), (1, Gen.Const((double?)0))),
        Gen.Double[0.9, 3],
        Gen.Frequency((9, Gen.Double[0, 0.8]), (1, Gen.Double[0.8, 2])),
        (demand, requests, ratio, utilization) => Limited with { WattsPerGpu = demand, Requests = requests, LatencyRatio = ratio, Utilization = utilization });

    [Test]
    [Property("Defect", "D-01")]
    [Property("Rule", "LIB-11-e")]
    [Property("Rule", "LIB-7.2-b")]
    public void A_side_that_wants_more_than_its_model_says_gets_it_from_the_budgets_room()
    {
        // Decode wants 486 W where the model says 360 W; the budget leaves 130 W for its two GPUs. The draw is min(cap, demand).
        var probe = default(CapProbe);
        var corrections = CorrectionState.Start(Corrections.None);
        var cap = 360;
        var seen = new List<(int Tick, CapProbeAction Action, int CapWatts)>();
        var coefficients = new double[12];
        for (var tick = 0; tick < 12; tick++)
        {
            var draw = Math.Min(cap, 486.0);
            var power = new PowerSample { WattsPerGpu = draw, ScheduledTokens = 1200, ModelledWatts = 360, CapWatts = cap, IsProbing = probe.IsPending };
            corrections = corrections.Update(new() { PowerDecode = power }, TimeSpan.FromMinutes(tick), Options, out _);
            var input = Limited with
            {
                Reading = power.Classify(Options.PowerLimitedBand, Options.MeterAccuracy),
                WattsPerGpu = draw,
                CapWatts = cap,
                PlannedCapWatts = cap,
                LatencyRatio = 486.0 / cap,
                RoomWattsPerGpu = (4000 - (7 * 450) - (2 * cap)) / 2,
            };
            probe = probe.Advance(input, Options, out var decision);
            switch (decision.Action)
            {
                case CapProbeAction.Raise:
                    cap = decision.CapWatts;
                    break;
                case CapProbeAction.Keep:
                    corrections = corrections.AtLeast(CorrectionKind.PowerDecode, cap / 360.0);
                    break;
            }

            coefficients[tick] = corrections.PowerDecode.Value;
            if (decision.Action != CapProbeAction.None)
            {
                seen.Add((tick, decision.Action, decision.CapWatts));
            }
        }

        Assert.That(seen, Is.EqualTo(new[]
        {
            (2, CapProbeAction.Raise, 396),
            (5, CapProbeAction.Keep, 396),
            (6, CapProbeAction.Raise, 425),
            (9, CapProbeAction.Keep, 425),
        }));
        Assert.That(coefficients[..5], Has.All.EqualTo(1.0));
        Assert.That(coefficients[5..9], Has.All.EqualTo(1.1).Within(1e-12));
        Assert.That(coefficients[9..], Has.All.EqualTo(425 / 360.0).Within(1e-12));
    }

    [Test]
    public void A_draw_that_does_not_follow_undoes_the_probe_at_once()
    {
        var probe = Raised(out var raise);
        Assert.That(raise, Is.EqualTo(new CapProbeDecision(CapProbeAction.Raise, 396)));

        probe.Advance(Limited with { Reading = PowerReadingKind.Demand, CapWatts = 396 }, Options, out var verdict);

        Assert.That(verdict, Is.EqualTo(new CapProbeDecision(CapProbeAction.Undo, 360)));
    }

    [Test]
    public void Three_power_limited_ticks_in_a_row_come_before_a_probe()
    {
        var probe = Advance(default, Limited, Limited, Limited with { Reading = PowerReadingKind.Demand }, Limited, Limited);

        Assert.That(probe.IsPending, Is.False);
        Assert.That(Advance(probe, Limited).IsPending, Is.True);
    }

    [Test]
    public void One_slow_window_beside_a_healthy_side_at_its_cap_raises_nothing()
    {
        var healthy = Limited with { LatencyRatio = 1 };

        Advance(default, out var decision, healthy, healthy, healthy, healthy, Limited);
        Assert.That(decision.Action, Is.EqualTo(CapProbeAction.None));

        Advance(default, out decision, healthy, healthy, Limited, Limited);
        Assert.That(decision.Action, Is.EqualTo(CapProbeAction.None));

        Advance(default, out decision, healthy, healthy, Limited, Limited, Limited);
        Assert.That(decision.Action, Is.EqualTo(CapProbeAction.Raise));
    }

    [TestCaseSource(nameof(Reasons))]
    public void A_side_is_left_alone_when(CapProbeInput input)
    {
        // Tick by tick: a probe that was begun here would be over again after 50 ticks.
        var probe = default(CapProbe);
        for (var tick = 0; tick < 50; tick++)
        {
            probe = probe.Advance(input, Options, out var decision);
            Assert.That(decision.Action, Is.EqualTo(CapProbeAction.None));
        }
    }

    [Test]
    public void Without_probing_or_without_a_band_nothing_is_tried()
    {
        var pending = Raised(out _);

        foreach (var options in (FeedbackOptions[])[Options with { CapProbing = false }, Options with { PowerLimitedBand = 0 }])
        {
            Assert.That(pending.Advance(Limited, options, out var decision), Is.EqualTo(default(CapProbe)));
            Assert.That(decision.Action, Is.EqualTo(CapProbeAction.None));
        }
    }

    [TestCase(360, null, null, 396)]
    [TestCase(360, 18, null, 378)]
    [TestCase(396, 29, 700, 425)]
    [TestCase(650, null, 700, 700)]
    [TestCase(2_000_000_000, null, null, int.MaxValue)]
    [Property("Rule", "LIB-7.2-b")]
    public void A_step_is_at_most_a_tenth_and_no_more_than_budget_and_hardware_allow(int cap, int? room, int? most, int expected)
    {
        Advance(default, out var decision, [.. Enumerable.Repeat(Limited with { CapWatts = cap, PlannedCapWatts = cap, RoomWattsPerGpu = room, MaxCapWatts = most }, 3)]);

        Assert.That(decision, Is.EqualTo(new CapProbeDecision(CapProbeAction.Raise, expected)));
    }

    [Test]
    public void A_probe_that_keeps_failing_waits_10_20_40_and_60_ticks()
    {
        // The latency grows from verdict to verdict, so that each failure leaves something to explain.
        var raises = new List<int>();
        var probe = default(CapProbe);
        var ratio = 1.2;
        for (var tick = 0; tick < 260; tick++)
        {
            var input = probe.IsPending
                ? Limited with { Reading = PowerReadingKind.Demand, CapWatts = 396, LatencyRatio = ratio }
                : Limited with { LatencyRatio = ratio };
            probe = probe.Advance(input, Options, out var decision);
            ratio *= decision.Action == CapProbeAction.Undo ? 1.2 : 1;
            if (decision.Action == CapProbeAction.Raise)
            {
                raises.Add(tick);
            }
        }

        // Undone one tick after each raise.
        Assert.That(raises, Is.EqualTo(new[] { 2, 2 + 11, 13 + 21, 34 + 41, 75 + 61, 136 + 61, 197 + 61 }));
    }

    [Test]
    public void A_fleet_that_is_slow_for_another_reason_is_tried_once_in_240_ticks()
    {
        var raises = 0;
        var probe = default(CapProbe);
        for (var tick = 0; tick < 1200; tick++)
        {
            // It draws what the model says, 360 W, whatever its cap.
            var cap = probe.IsPending ? 396 : 360;
            probe = probe.Advance(Limited with { Reading = PowerReading.Classify(360, cap, 0.02, 0.05), CapWatts = cap }, Options, out var decision);
            raises += decision.Action == CapProbeAction.Raise ? 1 : 0;
        }

        Assert.That(raises, Is.EqualTo(5), "after what held it back may have gone it is tried anew");
    }

    [Test]
    public void Windows_that_say_nothing_postpone_the_verdict_and_too_many_undo_the_probe()
    {
        var straddling = Limited with { Reading = PowerReadingKind.None, CapWatts = 396 };
        var probe = Raised(out _);
        for (var i = 0; i < CapProbe.LongestSilenceTicks; i++)
        {
            probe = probe.Advance(straddling, Options, out var decision);
            Assert.That(decision.Action, Is.EqualTo(CapProbeAction.None));
        }

        probe.Advance(Followed(396), Options, out var followed);
        probe.Advance(straddling, Options, out var undone);

        Assert.That(followed.Action, Is.EqualTo(CapProbeAction.None));
        Assert.That(undone, Is.EqualTo(new CapProbeDecision(CapProbeAction.Undo, 360)));
    }

    [Test]
    public void A_raise_that_is_not_in_force_yet_has_no_verdict()
    {
        var probe = Advance(Raised(out _), Limited, Limited, Limited);

        Assert.That(probe.IsPending, Is.True);
        Assert.That(probe.FollowedTicks, Is.Zero);
    }

    [Test]
    public void A_side_that_falls_idle_under_a_raised_cap_has_no_verdict()
    {
        Raised(out _).Advance(Followed(396) with { WattsPerGpu = 120, Reading = PowerReadingKind.Demand, Requests = 0 }, Options, out var decision);

        Assert.That(decision.Action, Is.EqualTo(CapProbeAction.None));
    }

    [Test]
    public void A_cap_that_does_not_hold_proves_nothing()
    {
        Raised(out _).Advance(Limited with { Reading = PowerReadingKind.CapNotEnforced, WattsPerGpu = 500, CapWatts = 396 }, Options, out var decision);

        Assert.That(decision.Action, Is.EqualTo(CapProbeAction.Undo));
    }

    [Test]
    public void A_failed_write_ends_the_probe()
    {
        var probe = Raised(out _).WriteFailed();

        Assert.That(probe.IsPending, Is.False);
        Assert.That(Advance(probe, [.. Enumerable.Repeat(Limited, 9)]).IsPending, Is.False);
        Assert.That(Advance(probe, [.. Enumerable.Repeat(Limited, 10)]).IsPending, Is.True);
        Assert.That(default(CapProbe).WriteFailed(), Is.EqualTo(default(CapProbe)));
    }

    [Test]
    public void A_probe_that_another_plan_ends_counts_as_undone()
    {
        var probe = Raised(out _).GivenUp();

        Assert.That((probe.IsPending, probe.UndoneInARow), Is.EqualTo((false, 1)));
        Assert.That(Advance(probe, [.. Enumerable.Repeat(Limited, 9)]).IsPending, Is.False);
        Assert.That(Advance(probe, [.. Enumerable.Repeat(Limited, 10)]).IsPending, Is.True, "nothing was found out");
    }

    [Test]
    public void Another_plan_forgets_nothing_of_what_was_tried()
    {
        var undone = Advance(Raised(out _), Limited with { CapWatts = 396 });

        var probe = undone.GivenUp();

        Assert.That(probe, Is.EqualTo(undone with { LimitedTicks = 0, LeastLatencyRatio = 0 }));
        Assert.That(Advance(probe, [.. Enumerable.Repeat(Limited, 200)]).IsPending, Is.False);
    }

    [Test]
    public void What_an_undone_probe_could_not_mend_is_the_least_latency_that_called_for_it()
    {
        var probe = Advance(default, Limited with { LatencyRatio = 1.4 }, Limited with { LatencyRatio = 1.2 }, Limited with { LatencyRatio = 9 }, Limited with { CapWatts = 396, LatencyRatio = 7 });

        Assert.That(probe.UndoneLatencyRatio, Is.EqualTo(1.2), "one strange reading must not stop all later probes");
    }

    [Test]
    public void A_tick_between_the_slow_ones_begins_the_least_latency_anew()
    {
        var probe = Advance(default, Limited with { LatencyRatio = 1.1 }, Limited with { LatencyRatio = 1 }, Limited, Limited, Limited);

        Assert.That((probe.IsPending, probe.TrialLatencyRatio), Is.EqualTo((true, 1.37)));
    }

    [Test]
    public void Whatever_a_side_shows_caps_stay_in_bounds_and_every_probe_ends() =>
        Gen.Select(GenTick.Array[1, 120], Gen.Int[0, 200]).Holds((ticks, room) =>
        {
            var probe = default(CapProbe);
            var (cap, before, lastRaise, pendingSince) = (360, 360, -Ticks, -1);
            for (var tick = 0; tick < ticks.Length; tick++)
            {
                // The hardware holds the draw at the cap.
                var input = ticks[tick] with { WattsPerGpu = ticks[tick].WattsPerGpu is { } demand ? Math.Min(demand, cap) : null, CapWatts = cap, PlannedCapWatts = cap, RoomWattsPerGpu = Math.Max(0, room - (cap - 360)), MaxCapWatts = 500 };
                probe = probe.Advance(input with { Reading = PowerReading.Classify(input.WattsPerGpu, cap, 0.02, 0.05) }, Options, out var decision);
                switch (decision.Action)
                {
                    case CapProbeAction.Raise:
                        if (tick - lastRaise < Ticks || decision.CapWatts > cap * 1.1 || decision.CapWatts < cap * 1.05)
                        {
                            return false;
                        }

                        (before, cap, lastRaise, pendingSince) = (cap, decision.CapWatts, tick, tick);
                        break;
                    case CapProbeAction.Keep or CapProbeAction.Undo:
                        var expected = decision.Action == CapProbeAction.Keep ? cap : before;
                        if (decision.CapWatts != expected)
                        {
                            return false;
                        }

                        (cap, pendingSince) = (expected, -1);
                        break;
                }

                // Three readings, each after at most ten silent ticks.
                if (cap > Math.Min(360 + room, 500) || probe.IsPending != (pendingSince >= 0) || (pendingSince >= 0 && tick - pendingSince > 33))
                {
                    return false;
                }
            }

            return true;
        });

    private static CapProbeInput Followed(int cap) => Limited with { WattsPerGpu = cap, CapWatts = cap };

    private static TestCaseData Reason(string why, CapProbeInput input) => new TestCaseData(input).SetArgDisplayNames(why);

    private static CapProbe Advance(CapProbe probe, params CapProbeInput[] ticks) => Advance(probe, out _, ticks);

    private static CapProbe Advance(CapProbe probe, out CapProbeDecision decision, params CapProbeInput[] ticks)
    {
        decision = default;
        foreach (var input in ticks)
        {
            probe = probe.Advance(input, Options, out decision);
        }

        return probe;
    }

    private static CapProbe Raised(out CapProbeDecision decision) =>
        default(CapProbe).Advance(Limited, Options, out _).Advance(Limited, Options, out _).Advance(Limited, Options, out decision);
}
