using CsCheck;
using PowerPlanner.Feedback;
using PowerPlanner.Performance;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Feedback;

internal sealed class DriftDetectorTests
{
    private static readonly FeedbackOptions Options = new();
    private static readonly DriftReference Reference = new(500, 50, 100_000, 4000);
    private static readonly DriftSample Healthy = new() { TtftMs = 200, ItlMs = 8, TokensPerSecond = 50_000, TotalWatts = 3000, HasCapDrift = false, IsBelowPlan = false };
    private static readonly DriftSample Slow = Healthy with { TtftMs = 600 };
    private static readonly DriftSample Nothing = Healthy with { TtftMs = null, ItlMs = null, TokensPerSecond = null, TotalWatts = null, HasCapDrift = null, IsBelowPlan = null };

    [Test]
    public void A_target_missed_on_three_ticks_in_a_row_is_due_on_the_third() =>
        Assert.That(Due(Slow, Slow, Slow), Is.EqualTo(new[] { DriftSignals.None, DriftSignals.None, DriftSignals.Ttft }));

    [Test]
    public void A_tick_without_a_violation_ends_the_row()
    {
        var state = Run(Slow, Healthy).State;

        Assert.That(state.Violations, Is.EqualTo(default(TickCount)));
        Assert.That(Due(Slow, Slow, Healthy, Slow, Slow), Has.All.EqualTo(DriftSignals.None));
    }

    [Test]
    public void Different_violations_count_together() =>
        Assert.That(Due(Slow, Healthy with { ItlMs = 51 }, Healthy with { TokensPerSecond = 200_000 })[2], Is.EqualTo(DriftSignals.Capacity));

    [Test]
    public void Ten_ticks_well_within_targets_and_capacity_are_never_due() =>
        Assert.That(Due([.. Enumerable.Repeat(Healthy, 10)]), Has.All.EqualTo(DriftSignals.None));

    [TestCase(114_900, 0)]
    [TestCase(115_000, 0)]
    [TestCase(115_100, 3)]
    public void Load_has_to_exceed_the_capacity_by_more_than_the_threshold(double load, int expectedCount)
    {
        var ticks = Enumerable.Repeat(Healthy with { TokensPerSecond = load }, 3).ToArray();

        Assert.That(Run(ticks).State.Violations.Ticks, Is.EqualTo(expectedCount));
        Assert.That(Due(ticks)[2], Is.EqualTo(expectedCount == 3 ? DriftSignals.Capacity : DriftSignals.None));
    }

    [TestCase(500.0, DriftSignals.None)]
    [TestCase(500.0 * (1 + 1e-10), DriftSignals.None)]
    [TestCase(500.001, DriftSignals.Ttft)]
    public void A_latency_at_its_target_is_no_miss(double ttftMs, DriftSignals expected) =>
        Assert.That((Healthy with { TtftMs = ttftMs }).Judge(Reference, 0.15).Violated, Is.EqualTo(expected));

    [Test]
    public void Without_an_applied_plan_no_load_exceeds_it() =>
        Assert.That((Healthy with { TokensPerSecond = 1e9 }).Judge(Reference with { EstimatedTokensPerSecond = 0 }, 0.15).Violated, Is.EqualTo(DriftSignals.None));

    [Test]
    [Property("Defect", "D-29")]
    [Property("Rule", "LIB-11-g")]
    public void A_gap_in_the_data_freezes_the_count() =>
        Assert.That(Due(Slow, Slow, Nothing, Slow)[3], Is.EqualTo(DriftSignals.Ttft));

    [Test]
    [Property("Defect", "D-29")]
    [Property("Rule", "LIB-11-g")]
    public void An_outage_of_ten_ticks_freezes_the_count_and_one_of_eleven_resets_it()
    {
        DriftSample[] ten = [Slow, Slow, .. Enumerable.Repeat(Nothing, 10), Slow];
        DriftSample[] eleven = [Slow, Slow, .. Enumerable.Repeat(Nothing, 11), Slow];

        Assert.That(Run(ten[..^1]).State.Violations.Ticks, Is.EqualTo(2));
        Assert.That(Due(ten)[^1], Is.EqualTo(DriftSignals.Ttft));
        Assert.That(Run(eleven[..^1]).State.Violations.Ticks, Is.Zero);
        Assert.That(Due(eleven)[^1], Is.EqualTo(DriftSignals.None));
    }

    [Test]
    public void Only_an_absent_signal_that_was_violated_freezes_the_count()
    {
        Assert.That(Run(Slow, Healthy with { ItlMs = null }).State.Violations.Ticks, Is.Zero);
        Assert.That(Run(Slow, Healthy with { TtftMs = null }).State.Violations.Ticks, Is.EqualTo(1));
    }

    [Test]
    public void Ticks_that_never_came_are_a_gap()
    {
        var state = Run(Slow, Slow).State;

        Assert.That(At(state, Slow, minute: 12).State.Violations.Ticks, Is.EqualTo(3), "10 ticks missing");
        Assert.That(At(state, Slow, minute: 13).State.Violations.Ticks, Is.EqualTo(1), "11 ticks missing");
    }

    [Test]
    public void An_instant_that_is_not_after_the_last_one_changes_nothing()
    {
        var state = Run(Slow, Slow).State;

        Assert.That(At(state, Slow, minute: 1), Is.EqualTo(new DriftDecision(state, DriftSignals.None)));
        Assert.That(At(state, Healthy, minute: 0), Is.EqualTo(new DriftDecision(state, DriftSignals.None)));
        Assert.That(At(state, Slow, minute: 2).Due, Is.EqualTo(DriftSignals.Ttft));
    }

    [Test]
    public void Ticks_in_the_rate_limit_are_not_counted()
    {
        var first = -1;
        var state = default(DriftState);
        for (var minute = 1; first < 0; minute++)
        {
            var held = DriftDetector.IsRateLimited(TimeSpan.FromMinutes(minute), TimeSpan.Zero, Options.ReoptimizeInterval);
            var decision = At(state, Slow, minute, held);
            state = decision.State;
            first = decision.IsDue ? minute : -1;
        }

        Assert.That(first, Is.EqualTo(7), "interval + (ticks − 1) · tick");
    }

    [Test]
    public void A_violation_goes_on_being_due_until_a_sweep_succeeds()
    {
        Assert.That(Due(Slow, Slow, Slow, Slow)[3], Is.EqualTo(DriftSignals.Ttft));
        Assert.That(Run(Slow, Slow, Slow).State.AfterSweep().Violations.Ticks, Is.Zero);
    }

    [Test]
    [Property("Defect", "D-30")]
    [Property("Rule", "LIB-11-c")]
    public void A_draw_above_the_budget_on_three_ticks_is_due_once_per_excursion()
    {
        var over = Healthy with { TotalWatts = 4230 };
        var due = Due(over, over, over, over, over, Healthy, over, over, over);

        Assert.That(due, Is.EqualTo(new DriftSignals[] { 0, 0, DriftSignals.MeasuredExcess, 0, 0, 0, 0, 0, DriftSignals.MeasuredExcess }));
    }

    [Test]
    [Property("Defect", "D-30")]
    public void A_draw_above_the_budget_is_urgent_whatever_holds_the_rest()
    {
        var state = default(DriftState);
        for (var minute = 0; minute < 2; minute++)
        {
            state = At(state, Slow with { TotalWatts = 4230 }, minute, held: true, converging: true).State;
        }

        var decision = At(state, Slow with { TotalWatts = 4230 }, 2, held: true, converging: true);
        Assert.That(decision.Due, Is.EqualTo(DriftSignals.MeasuredExcess));
        Assert.That(decision.IsUrgent, Is.True);
        Assert.That(decision.State.Violations.Ticks, Is.Zero);
    }

    [Test]
    public void A_draw_at_the_budget_is_no_excess() =>
        Assert.That((Healthy with { TotalWatts = 4000 }).Judge(Reference, 0.15).Violated, Is.EqualTo(DriftSignals.None));

    [Test]
    [Property("Defect", "D-30")]
    [Property("Rule", "LIB-11-d")]
    [Property("Rule", "LIB-13.2-h")]
    public void A_drifted_cap_is_due_on_its_first_tick_unless_it_is_held()
    {
        var drifted = Healthy with { HasCapDrift = true };

        Assert.That(Due(drifted)[0], Is.EqualTo(DriftSignals.CapDrift));
        Assert.That(At(default, drifted, 0, held: true).Due, Is.EqualTo(DriftSignals.None));
        Assert.That(At(default, drifted, 0, converging: true).Due, Is.EqualTo(DriftSignals.None));
    }

    [Test]
    public void A_bad_power_window_among_good_ones_never_makes_a_cap_drift_due() =>
        Gen.Select(Gen.Int[0, 40], Gen.Double[0, 5000], Gen.Bool, Gen.Double[0.8, 1.25]).Holds((at, watts, isHeld, truth) =>
        {
            // Planned at what it wants; the first windows are those of a fleet that has been watched before.
            var planned = CapBridge.Bridge(new SidePower(360, 360, true, PowerSource.Prediction), truth, null).CapWatts;
            var corrections = CorrectionState.Start(Corrections.None with { PowerDecode = truth });
            for (var minute = -2; minute <= 60; minute++)
            {
                var sample = new PowerSample { WattsPerGpu = minute == at ? watts : 360 * truth, ModelledWatts = 360, ScheduledTokens = 1, CapWatts = planned, IsHeldBelowDemand = isHeld };
                corrections = corrections.Update(new() { PowerDecode = sample }, TimeSpan.FromMinutes(minute + 2), Options, out _);
                if (CapDrift.Exceeds(new SidePower(360, 360, true, PowerSource.Prediction), corrections.PowerDecode.Value, null, planned, Options.CapDriftThreshold))
                {
                    return false;
                }
            }

            return true;
        }, iter: 2000);

    [Test]
    public void Nothing_but_a_draw_above_the_budget_is_urgent()
    {
        var decision = Run(Slow with { IsBelowPlan = true }, Slow with { IsBelowPlan = true }, Slow with { IsBelowPlan = true, HasCapDrift = true });

        Assert.That(decision.Due, Is.EqualTo(DriftSignals.Ttft | DriftSignals.Readiness | DriftSignals.CapDrift));
        Assert.That(decision.IsUrgent, Is.False);
    }

    [Test]
    public void A_gap_in_the_data_freezes_the_counts_of_excess_and_of_missing_replicas()
    {
        var over = Healthy with { TotalWatts = 4230 };
        var below = Healthy with { IsBelowPlan = true };

        Assert.That(Due(over, over, Nothing, over)[3], Is.EqualTo(DriftSignals.MeasuredExcess));
        Assert.That(Due(below, below, Nothing, below)[3], Is.EqualTo(DriftSignals.Readiness));
    }

    [Test]
    public void A_gap_with_no_count_to_freeze_leaves_no_trace()
    {
        var state = Run(Slow, Healthy, Nothing).State;

        Assert.That(state.Violations, Is.EqualTo(default(TickCount)));
        Assert.That(state.Readiness, Is.EqualTo(default(TickCount)));
    }

    [Test]
    public void Missing_replicas_do_not_make_the_first_miss_of_a_target_due()
    {
        var below = Healthy with { IsBelowPlan = true };

        Assert.That(Due(below, below, Slow with { IsBelowPlan = true })[2], Is.EqualTo(DriftSignals.Readiness));
    }

    [Test]
    [Property("Rule", "LIB-11-f")]
    public void Missing_replicas_are_due_after_three_ticks()
    {
        var below = Healthy with { IsBelowPlan = true };

        Assert.That(Due(below, below, below), Is.EqualTo(new DriftSignals[] { 0, 0, DriftSignals.Readiness }));
        Assert.That(Due(below, below, Healthy, below)[3], Is.EqualTo(DriftSignals.None));
    }

    [TestCase(1.0, 360, false)]
    [TestCase(1.1, 360, false)]
    [TestCase(1.105, 360, true)]
    [TestCase(0.5, 360, false)]
    [TestCase(1.0, 425, true)]
    [Property("Defect", "D-30")]
    public void A_cap_has_drifted_when_its_bridge_moved_by_more_than_a_tenth(double coefficient, int planned, bool expected) =>
        Assert.That(CapDrift.Exceeds(new SidePower(360, 360, true, PowerSource.Prediction), coefficient, null, planned, 0.10), Is.EqualTo(expected));

    [Test]
    public void A_cap_that_the_hardware_holds_does_not_drift() =>
        Assert.That(CapDrift.Exceeds(new SidePower(690, 690, true, PowerSource.Prediction), 2, new GpuPowerLimits(200, 700), 700, 0.10), Is.False);

    [Test]
    public void Looking_at_a_tick_allocates_nothing()
    {
        var state = At(default, Slow, 0).State;

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var minute = 1; minute <= 1000; minute++)
        {
            state = At(state, Slow, minute).State;
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(state.Violations.Ticks, Is.EqualTo(1001));
    }

    private static DriftSignals[] Due(params DriftSample[] ticks)
    {
        var state = default(DriftState);
        var due = new DriftSignals[ticks.Length];
        for (var minute = 0; minute < ticks.Length; minute++)
        {
            (state, due[minute]) = At(state, ticks[minute], minute);
        }

        return due;
    }

    private static DriftDecision Run(params DriftSample[] ticks)
    {
        var decision = default(DriftDecision);
        for (var minute = 0; minute < ticks.Length; minute++)
        {
            decision = At(decision.State, ticks[minute], minute);
        }

        return decision;
    }

    private static DriftDecision At(in DriftState state, in DriftSample sample, int minute, bool held = false, bool converging = false) =>
        DriftDetector.Advance(state, sample.Judge(Reference, Options.DriftRelativeThreshold), TimeSpan.FromMinutes(minute), held, converging, Options);
}
