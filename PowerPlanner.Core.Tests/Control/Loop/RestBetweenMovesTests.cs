using PowerPlanner.Control;
using PowerPlanner.Control.Loop;
using PowerPlanner.Control.Sweeps;
using PowerPlanner.Feedback;
using PowerPlanner.Performance;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Control.Loop;

/// <summary>What a fleet does with sweeps that find another plan each time: it follows a few, and then rests longer and longer.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RestBetweenMovesTests : IDisposable
{
    // The model answers 10 ms a token, so that a coefficient of no more than 2 can make it miss.
    private static readonly PlanningProblem Problem = ControlBench.Unit with { ItlTargetMs = 12 };

    private static readonly ControlOptions Options = new() { ReoptimizeInterval = TimeSpan.FromMinutes(5) };

    private readonly ControlBench _bench = new(Problem, Options);
    private readonly LoopCore _core;
    private LoopState _state;

    public RestBetweenMovesTests()
    {
        var instruments = _bench.Instruments.ForDeployment("rest", [], [], isAggregated: false);
        _core = new LoopCore(new LoopRules("rest", Options, false), new LoopReport("rest", null, instruments));
    }

    private PowerPlan Plan => _state.Course.Plan!;

    [SetUp]
    public async Task Settle()
    {
        await _bench.Start();
        await _bench.Ticks(2, ControlBench.Quiet);
        _state = _bench.Controller.Loop.State;
    }

    public void Dispose() => _bench.Dispose();

    [Test]
    public void The_first_two_moves_for_a_small_gain_are_made_at_once()
    {
        Assert.That(Follows(Minutes(5), Serving(1.01, cap: 1)), "the first");
        Assert.That(Follows(Minutes(5), Serving(1.01, cap: 2)), "the second");
    }

    [TestCase(16 * 5 - 1, false)]
    [TestCase(16 * 5, true)]
    public void The_third_has_to_wait_for_sixteen_intervals(int minutes, bool isFollowed)
    {
        Move(2);

        Assert.That(Follows(Minutes(minutes), Serving(1.01, cap: 3)), Is.EqualTo(isFollowed));
    }

    [TestCase(256 * 5 - 1, false)]
    [TestCase(256 * 5, true)]
    public void Those_after_it_have_to_wait_for_256(int minutes, bool isFollowed)
    {
        Move(2);
        Assert.That(Follows(Minutes(16 * 5), Serving(1.01, cap: 3)));

        Assert.That(Follows(Minutes(minutes), Serving(1.01, cap: 4)), Is.EqualTo(isFollowed));
    }

    [Test]
    public void After_a_long_rest_the_next_move_is_the_first_again()
    {
        Move(2);
        Assert.That(Follows(Minutes(512 * 5), Serving(1.01, cap: 3)));

        Assert.That(Follows(Minutes(5), Serving(1.01, cap: 4)));
    }

    [TestCase(1.24, false)]
    [TestCase(1.26, true)]
    public void Much_to_gain_is_worth_a_move_after_twelve_intervals(double gain, bool isFollowed)
    {
        Move(2);

        Assert.That(Follows(Minutes(12 * 5), Serving(gain, cap: 3)), Is.EqualTo(isFollowed));
    }

    [Test]
    public void Another_budget_begins_anew()
    {
        Move(2);
        Update(Minutes(5), new LoopUpdate { HasBudget = true, BudgetWatts = 9000 });

        Assert.That(Follows(Minutes(5), Serving(1.01, cap: 3)));
    }

    [Test]
    public void A_plan_that_has_to_wait_is_looked_at_again_without_any_other_cause()
    {
        Move(2);
        Follows(Minutes(5), Serving(1.01, cap: 3));

        Assert.That(SweepsBy(Minutes(16 * 5 - 6)), Is.False);
        Assert.That(SweepsBy(Minutes(1)), Is.True);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Where_nothing_fits_other_limits_than_the_last_sweep_knew_are_looked_at(bool haveChanged)
    {
        var missed = new Infeasibility(InfeasibleReason.PowerBudgetInfeasible, "A charge floor was in the way.", 1, null);
        var planned = _state.Course.PlannedUnder;
        _state = _state with { Course = _state.Course with { Infeasibility = missed, PlannedUnder = haveChanged ? planned with { DecodeChargeFloorWatts = 600 } : planned } };

        Assert.That(SweepsBy(Minutes(6)), Is.EqualTo(haveChanged));
    }

    [TestCase(1.005, true)]
    [TestCase(1.02, false)]
    public void A_target_that_is_missed_by_less_than_a_coefficient_trembles_moves_nothing(double over, bool isKept)
    {
        Miss(over);

        Assert.That(Follows(Minutes(5), Serving(0.9, cap: 1)), Is.EqualTo(!isKept));
    }

    [TestCase(1.04, true)]
    [TestCase(1.06, false)]
    public void While_the_fleet_rests_a_target_may_be_missed_by_a_little_more(double over, bool isKept)
    {
        Move(2);
        Miss(over);

        Assert.That(Follows(Minutes(5), Serving(0.9, cap: 3)), Is.EqualTo(!isKept));
    }

    [Test]
    public void What_a_missed_target_forces_is_no_move_for_gain()
    {
        Miss(1.5);
        for (var i = 1; i <= 4; i++)
        {
            Assert.That(Follows(Minutes(5), Serving(0.9, cap: i), misses: true));
        }

        _state = _state with { Learnt = _state.Learnt with { Corrections = CorrectionState.Start(Corrections.None) } };
        Assert.That(Follows(Minutes(5), Serving(1.2, cap: 9)));
    }

    private static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);

    private void Move(int times)
    {
        for (var i = 1; i <= times; i++)
        {
            Assert.That(Follows(Minutes(5), Serving(1.01, cap: i)));
        }
    }

    // The applied plan comes to miss its ITL target by this factor.
    private void Miss(double over)
    {
        var coefficient = over * _state.Facts.ItlTargetMs / _state.Course.Answer!.Value.ItlMs;
        _state = _state with { Learnt = _state.Learnt with { Corrections = CorrectionState.Start(Corrections.None with { Itl = coefficient }) } };
    }

    // The same fleet under other caps, that is said to serve more or less.
    private PowerPlan Serving(double factor, int cap) => Plan with
    {
        DecodeCapWatts = 300 - cap,
        ThroughputRequestsPerSecond = Plan.ThroughputRequestsPerSecond * factor,
        ThroughputTokensPerSecond = Plan.ThroughputTokensPerSecond * factor,
    };

    private bool Follows(TimeSpan later, PowerPlan plan, bool misses = false)
    {
        var intent = Observe(later, TickKind.Replan, default);
        Assert.That(intent.Sweep, Is.Not.Null, "a replan sweeps");
        var answer = _state.Course.Answer!.Value;
        if (misses)
        {
            answer = answer with { ItlMs = answer.ItlMs * 1.0001 };
        }

        var swept = new SweepAnswer { HasAnswered = true, Corrections = intent.Sweep!.Corrections, Plan = plan, PlanAnswer = answer, InForceAnswer = answer, RebasedAnswer = answer };
        Finish(_core.Decide(_state, Input(LoopInputKind.Swept) with { Sweep = swept }, out _state));
        return Plan.DecodeCapWatts == plan.DecodeCapWatts;
    }

    private void Update(TimeSpan later, LoopUpdate update)
    {
        var intent = Observe(later, TickKind.Tick, update);
        if (intent.Sweep is { } question)
        {
            var swept = new SweepAnswer { HasAnswered = true, Corrections = question.Corrections, Plan = Plan, PlanAnswer = _state.Course.Answer, InForceAnswer = _state.Course.Answer, RebasedAnswer = _state.Course.Answer };
            intent = _core.Decide(_state, Input(LoopInputKind.Swept) with { Sweep = swept }, out _state);
        }

        Finish(intent);
    }

    private bool SweepsBy(TimeSpan later)
    {
        var intent = Observe(later, TickKind.Tick, default);
        if (intent.Sweep is not null)
        {
            return true;
        }

        Finish(intent);
        return false;
    }

    private LoopIntent Observe(TimeSpan later, TickKind kind, LoopUpdate update)
    {
        _state = _state with { Now = _state.Now + later };
        return _core.Decide(_state, Input(LoopInputKind.Observed) with { Tick = kind, Fleet = _bench.Fleet.State, Update = update }, out _state);
    }

    // Commands are answered by a fleet that has done at once what they say.
    private void Finish(LoopIntent intent)
    {
        while (!intent.IsNothing)
        {
            var input = Input(LoopInputKind.Unanswered);
            if (intent.Command is { } command)
            {
                var role = command.Role == 0 ? FleetRole.Prefill : FleetRole.Decode;
                var state = command.Kind == CommandKind.SetCap
                    ? _bench.Fleet.SetCapAsync(new SetCapCommand(role, command.Value, command.Revision), default)
                    : _bench.Fleet.SetReplicasAsync(new SetReplicasCommand(role, command.Value, command.Revision), default);
                input = Input(LoopInputKind.Answered) with { Role = state.AsTask().GetAwaiter().GetResult() };
            }

            intent = _core.Decide(_state, input, out _state);
        }
    }

    private LoopInput Input(LoopInputKind kind) => new() { Kind = kind, Now = _state.Now, Time = DateTimeOffset.UnixEpoch + _state.Now };
}
