using PowerPlanner.Feedback;

namespace PowerPlanner.Tests.Feedback;

internal sealed class BackoffTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(60);
    private static readonly DriftSample Slow = new() { TtftMs = 561.7, ItlMs = 10, TokensPerSecond = 2000 };
    private static readonly DriftReference Reference = new(500, 50, 165_375, 4000);

    [Test]
    [Property("Defect", "D-28")]
    [Property("Rule", "LIB-11-h")]
    public void A_failed_sweep_is_tried_again_after_1_2_4_and_8_ticks()
    {
        Assert.That(Attempts(TimeSpan.FromSeconds(60), firstFailure: 3, count: 6), Is.EqualTo(new[] { 3, 4, 6, 10, 18, 26 }));
    }

    [Test]
    public void Retries_are_at_most_an_interval_apart_where_that_is_longer_than_8_ticks()
    {
        Assert.That(Attempts(TimeSpan.FromMinutes(20), firstFailure: 0, count: 8), Is.EqualTo(new[] { 0, 1, 3, 7, 15, 31, 51, 71 }));
    }

    [Test]
    public void Without_a_failure_a_sweep_may_be_tried_at_once() => Assert.That(default(FailureBackoff).Allows(TimeSpan.Zero), Is.True);

    [Test]
    public void An_interval_of_practically_never_does_not_overflow()
    {
        var backoff = default(FailureBackoff);
        for (var i = 0; i < 100; i++)
        {
            backoff = backoff.Failed(TimeSpan.FromDays(1), TimeSpan.FromDays(1), TimeSpan.MaxValue);
        }

        Assert.That(backoff.RetryAt, Is.EqualTo(TimeSpan.MaxValue));
    }

    [Test]
    public void A_cause_without_a_cure_sweeps_after_1_2_4_8_and_12_intervals()
    {
        // Targets missed for ever, and every sweep finds the applied plan again: 5 ticks of interval times the factor, and 3 of hysteresis.
        Assert.That(SweepsOfAnIncurableCause(300), Is.EqualTo(new[] { 7, 14, 26, 48, 90, 152, 214, 276 }));
    }

    [Test]
    public void An_instant_beyond_the_longest_span_is_the_longest_span()
    {
        var quarter = TimeSpan.FromTicks(1L << 62);

        Assert.That(Delay.After(quarter, quarter, 1), Is.EqualTo(TimeSpan.MaxValue), "2^63 ticks, one too many");
        Assert.That(Delay.After(TimeSpan.Zero, quarter, 1), Is.EqualTo(quarter));
    }

    [Test]
    public void A_cause_is_held_back_for_an_interval_or_for_a_tick_where_that_is_longer()
    {
        default(NoBetterPlanBackoff).FoundNothingBetter(Tick, DriftSignals.Ttft, Tick * 5, Tick, out var interval);
        default(NoBetterPlanBackoff).FoundNothingBetter(Tick, DriftSignals.Itl, Tick / 6, Tick, out var tick);

        Assert.That((interval, tick), Is.EqualTo((Tick * 5, Tick)));
    }

    [Test]
    public void A_tick_that_violates_nothing_holds_nothing_back()
    {
        var backoff = default(NoBetterPlanBackoff).FoundNothingBetter(Tick, DriftSignals.None, Tick * 5, Tick, out var wait);

        Assert.That((wait, backoff.Causes.Length), Is.EqualTo((TimeSpan.Zero, 0)));
    }

    [Test]
    public void Another_cause_is_not_held_back()
    {
        var backoff = Tried();

        Assert.That(Holds(ref backoff, 2, DriftSignals.Ttft), Is.True);
        Assert.That(Holds(ref backoff, 2, DriftSignals.Itl), Is.False);
        Assert.That(Holds(ref backoff, 2, DriftSignals.Ttft | DriftSignals.Itl), Is.False);
    }

    [Test]
    public void A_cause_that_returns_within_its_backoff_is_still_held()
    {
        var backoff = Tried();

        Assert.That(Holds(ref backoff, 3, DriftSignals.None), Is.False);
        Assert.That(Holds(ref backoff, 5, DriftSignals.Ttft), Is.True);
    }

    [TestCase(6)]
    [TestCase(7)]
    public void A_cause_that_returns_after_its_backoff_starts_afresh(int minuteWithoutIt)
    {
        var backoff = Tried();
        Holds(ref backoff, minuteWithoutIt, DriftSignals.None);

        backoff = Tried(backoff, minute: 10);

        Assert.That(Holds(ref backoff, 14, DriftSignals.Ttft), Is.True);
        Assert.That(Holds(ref backoff, 15, DriftSignals.Ttft), Is.False, "one interval, not two");
    }

    [Test]
    public void A_gap_in_the_data_does_not_end_a_cause()
    {
        var backoff = Tried().After(Tick * 7, new DriftJudgement(DriftSignals.None, DriftSignals.Ttft), 1);

        backoff = Tried(backoff, minute: 10);

        Assert.That(Holds(ref backoff, 19, DriftSignals.Ttft), Is.True, "two intervals");
    }

    [Test]
    public void A_new_budget_range_or_model_makes_every_cause_new()
    {
        var backoff = Tried().After(Tick * 2, new DriftJudgement(DriftSignals.Ttft, DriftSignals.None), 2);

        Assert.That(backoff.Holds(Tick * 2, DriftSignals.Ttft), Is.False);
    }

    [Test]
    public void A_better_plan_ends_the_backoff_of_its_cause()
    {
        var backoff = Tried().FoundBetter(DriftSignals.Ttft);

        Assert.That(Holds(ref backoff, 2, DriftSignals.Ttft), Is.False);
    }

    [Test]
    public void A_better_plan_for_one_cause_leaves_the_others()
    {
        var backoff = Tried().FoundBetter(DriftSignals.Itl);

        Assert.That(Holds(ref backoff, 2, DriftSignals.Ttft), Is.True);
    }

    // The first revision is 1; one sweep for the time to first token found nothing better.
    private static NoBetterPlanBackoff Tried(NoBetterPlanBackoff? before = null, int minute = 1) =>
        (before ?? new NoBetterPlanBackoff { Revision = 1 }).FoundNothingBetter(Tick * minute, DriftSignals.Ttft, TimeSpan.FromSeconds(300), Tick, out _);

    private static bool Holds(ref NoBetterPlanBackoff backoff, int minute, DriftSignals violated)
    {
        var now = TimeSpan.FromMinutes(minute);
        backoff = backoff.After(now, new DriftJudgement(violated, DriftSignals.None), 1);
        return backoff.Holds(now, violated);
    }

    private static List<int> Attempts(TimeSpan interval, int firstFailure, int count)
    {
        var attempts = new List<int>();
        var backoff = default(FailureBackoff);
        for (var tick = firstFailure; attempts.Count < count; tick++)
        {
            if (backoff.Allows(Tick * tick))
            {
                attempts.Add(tick);
                backoff = backoff.Failed(Tick * tick, Tick, interval);
            }
        }

        return attempts;
    }

    private static List<int> SweepsOfAnIncurableCause(int ticks)
    {
        var options = new FeedbackOptions();
        var backoff = new NoBetterPlanBackoff { Revision = 1 };
        var state = default(DriftState);
        var lastSuccess = TimeSpan.Zero;
        var sweeps = new List<int>();
        for (var tick = 0; tick < ticks; tick++)
        {
            var now = Tick * tick;
            var judgement = Slow.Judge(Reference, options.DriftRelativeThreshold);
            var held = Holds(ref backoff, tick, judgement.Violated) | DriftDetector.IsRateLimited(now, lastSuccess, options.ReoptimizeInterval);
            var decision = DriftDetector.Advance(state, judgement, now, held, isConverging: false, options);
            state = decision.State;
            if (decision.IsDue)
            {
                sweeps.Add(tick);
                state = state.AfterSweep();
                lastSuccess = now;
                backoff = backoff.FoundNothingBetter(now, judgement.Violated, options.ReoptimizeInterval, Tick, out _);
            }
        }

        return sweeps;
    }
}
