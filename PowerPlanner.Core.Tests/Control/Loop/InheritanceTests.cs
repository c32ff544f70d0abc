using PowerPlanner.Control;
using PowerPlanner.Control.Loop;
using PowerPlanner.Feedback;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Control.Loop;

/// <summary>A process whose clock showed ten minutes wrote the snapshot; the next one reads it one minute after it began.</summary>
internal sealed class InheritanceTests
{
    private static readonly DateTimeOffset Written = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly LoopState Fresh = ControlLoop.Initial(ControlBench.Unit, new ControlOptions());

    private static readonly LoopState Memory = Fresh with { Taken = Written, Now = Minutes(10), IsStarted = true };

    [TestCase(0, -1)]
    [TestCase(5, -6)]
    [TestCase(-60, -1)]
    public void What_was_two_minutes_ago_is_that_and_the_time_away_ago_and_a_wall_clock_that_went_back_counts_as_none(int minutesAway, int expected)
    {
        var then = Minutes(8);
        var memory = Memory with
        {
            Watch = new Watch { LastSuccess = then, DisabledAt = then, TransitionSince = then, FailureBackoff = new FailureBackoff(1, then) },
            Learnt = Memory.Learnt with { LastRead = then, EmptySince = then, Clock = new ObservationClock(then, then) },
            Second = new SideState { EmptySince = then },
            Course = Memory.Course with { LastMove = then },
        };

        var state = Restored(memory, minutesAway);

        Assert.That(
            new TimeSpan?[]
            {
                state.Watch.LastSuccess, state.Watch.DisabledAt, state.Watch.TransitionSince, state.Watch.FailureBackoff.RetryAt, state.Learnt.LastRead,
                state.Learnt.EmptySince, state.Learnt.Clock.LastInstant, state.Learnt.Clock.LastWindowEnd, state.Second.EmptySince, state.Course.LastMove,
            },
            Is.All.EqualTo(Minutes(expected)));
    }

    [Test]
    public void A_trial_of_a_cap_ends_with_the_process_that_began_it()
    {
        var memory = Memory with { First = new SideState { Probe = new CapProbe { TrialCapWatts = 440, FormerCapWatts = 400 } } };

        Assert.That(Restored(memory, 0).First.Probe.IsPending, Is.False);
    }

    [Test]
    public void Thresholds_that_the_process_before_had_not_sent_are_no_news()
    {
        var memory = Memory with { Desk = Memory.Desk with { Generation = 5, LastSent = 4 } };

        Assert.That(Restored(memory, 0).Desk.IsNew, Is.False);
    }

    [Test]
    public void Instants_of_changes_are_forgotten()
    {
        var memory = Memory with { First = new SideState { Changes = default(SideChanges).Add(Minutes(8)) } };

        Assert.That(Restored(memory, 0).First.Changes, Is.EqualTo(default(SideChanges)));
    }

    [TestCase(8000, 9000)]
    [TestCase(7000, 7000)]
    public void A_budget_that_the_configuration_changed_is_the_new_one_unless_somebody_else_had_changed_it(long inForce, long expected)
    {
        var fresh = ControlLoop.Initial(ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = 9000, GpuBudget = 32 } }, new ControlOptions());

        var state = Inheritance.Of(Memory with { Fleet = Memory.Fleet with { BudgetWatts = inForce } }, fresh, Minutes(1), Written);

        Assert.That(state.Fleet.BudgetWatts, Is.EqualTo(expected));
    }

    private static LoopState Restored(in LoopState memory, int minutesAway) => Inheritance.Of(memory, Fresh, Minutes(1), Written + Minutes(minutesAway));

    private static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);
}
