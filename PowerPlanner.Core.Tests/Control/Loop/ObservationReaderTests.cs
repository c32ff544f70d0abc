using PowerPlanner.Control;
using PowerPlanner.Control.Loop;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Diagnostics;
using PowerPlanner.Feedback;
using PowerPlanner.Tests.Diagnostics;

namespace PowerPlanner.Tests.Control.Loop;

/// <summary>Two decode replicas of 4 GPUs at 400 W; ticks of a minute, observations no older than three.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ObservationReaderTests : IDisposable
{
    private static readonly TimeSpan Now = TimeSpan.FromMinutes(10);

    private readonly PlannerInstruments _instruments = new();
    private readonly LoopReport _report;
    private readonly ControlOptions _options = new() { Tick = TimeSpan.FromMinutes(1), ObservationMaxAge = TimeSpan.FromMinutes(3) };
    private LoopState _state;

    public ObservationReaderTests()
    {
        _report = new LoopReport("east", null, _instruments.Deployment());
        var role = new RoleLedger { Role = FleetRole.Decode, PlannedGpusPerReplica = 4, UnknownCapWatts = 700 };
        _state = new LoopState { Fleet = new FleetLedger { First = role.Accepting(new RoleState { Ready = 2, EffectiveCapWatts = 400 }), Count = 1 } };
    }

    public void Dispose() => _instruments.Dispose();

    [Test]
    public void A_window_without_a_length_is_a_tick_long_and_ends_now() =>
        Assert.That(Read(new Observation()).Window, Is.EqualTo(new ObservationWindow(TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10))));

    [Test]
    public void A_window_lies_as_far_back_as_its_age_and_length_say() =>
        Assert.That(
            Read(new Observation { Age = TimeSpan.FromMinutes(1), Duration = TimeSpan.FromMinutes(2) }).Window,
            Is.EqualTo(new ObservationWindow(TimeSpan.FromMinutes(7), TimeSpan.FromMinutes(9))));

    [TestCase(180, 0)]
    [TestCase(181, 1)]
    public void An_observation_is_stale_beyond_its_greatest_age(int seconds, int stale)
    {
        var reading = Read(new Observation { Age = TimeSpan.FromSeconds(seconds), TtftMs = 50 });

        Assert.That((reading.Window is null, _state.Counters.StaleObservations, _state.Counters.InvalidObservations), Is.EqualTo((stale == 1, (long)stale, 0L)));
    }

    [Test]
    public void A_tick_without_an_observation_moves_the_clock_and_reads_nothing()
    {
        Read(new Observation { Decode = new RoleObservation { PowerWattsPerGpu = 300 } });

        var reading = Read(null, Now + TimeSpan.FromMinutes(1));

        Assert.That((reading, _state.Learnt.Clock.LastInstant), Is.EqualTo((default(TickReading), (TimeSpan?)(Now + TimeSpan.FromMinutes(1)))));
    }

    [Test]
    public void A_tick_at_the_instant_of_the_last_one_is_not_in_order()
    {
        Read(new Observation());

        Read(new Observation(), Now, null, out var isInOrder);

        Assert.That((isInOrder, _state.Counters.InvalidObservations), Is.EqualTo((false, 1L)));
    }

    [Test]
    public void A_window_that_ends_no_later_than_the_last_one_is_refused_and_its_tick_is_in_order()
    {
        Read(new Observation());

        var reading = Read(new Observation { Age = TimeSpan.FromMinutes(1) }, Now + TimeSpan.FromMinutes(1), null, out var isInOrder);

        Assert.That((isInOrder, reading.Window, _state.Counters.InvalidObservations), Is.EqualTo((true, (ObservationWindow?)null, 1L)));
    }

    // 8 GPUs of 700 W: up to twice their nameplate a sum of watts can be one.
    [TestCase(11_200, 11_200.0)]
    [TestCase(11_201, null)]
    public void The_draw_of_all_boards_is_held_against_the_nameplate_of_all_of_them(double watts, double? expected) =>
        Assert.That(Read(new Observation { TotalWatts = watts }, nameplate: 700).TotalWatts, Is.EqualTo(expected));

    [TestCase(1400, 1400.0)]
    [TestCase(1401, null)]
    public void The_draw_of_a_board_is_held_against_its_nameplate(double watts, double? expected)
    {
        var side = Read(new Observation { Decode = new RoleObservation { PowerWattsPerGpu = watts } }, nameplate: 700).First;

        Assert.That(side.WattsPerGpu, Is.EqualTo(expected));
    }

    [TestCase(20_000, 20_000.0)]
    [TestCase(20_001, null)]
    public void Without_a_nameplate_only_what_no_board_can_draw_is_refused(double watts, double? expected)
    {
        var side = Read(new Observation { Decode = new RoleObservation { PowerWattsPerGpu = watts } }).First;

        Assert.That(side.WattsPerGpu, Is.EqualTo(expected));
    }

    [Test]
    public void The_percentile_is_judged_and_the_mean_is_learnt_from()
    {
        var reading = Read(new Observation { TtftMs = 50, TtftP95Ms = 90, ItlMs = 10, ItlP95Ms = 14 });

        Assert.That((reading.TtftMs, reading.JudgedTtftMs, reading.ItlMs, reading.JudgedItlMs), Is.EqualTo(((double?)50, (double?)90, (double?)10, (double?)14)));
    }

    [Test]
    public void Without_a_percentile_the_mean_is_judged()
    {
        var reading = Read(new Observation { TtftMs = 50, ItlMs = 10 });

        Assert.That((reading.JudgedTtftMs, reading.JudgedItlMs), Is.EqualTo(((double?)50, (double?)10)));
    }

    [TestCase(0, 0.0, 0)]
    [TestCase(-1, null, 1)]
    [TestCase(5, 5.0, 0)]
    public void No_waiting_is_a_reading_and_negative_waiting_is_none(double queueing, double? expected, int invalid) =>
        Assert.That((Read(new Observation { QueueingMs = queueing }).QueueingMs, _state.Counters.InvalidObservations), Is.EqualTo((expected, (long)invalid)));

    [TestCase(0, 1, 0, 1)]
    [TestCase(-1, 0, null, null)]
    public void Counts_below_what_a_role_can_have_are_refused(int ready, int batch, int? expectedReady, int? expectedBatch)
    {
        var side = Read(new Observation { Decode = new RoleObservation { ReadyReplicas = ready, MaxBatchedTokens = batch } }).First;

        Assert.That((side.ReadyReplicas, side.MaxBatchedTokens), Is.EqualTo((expectedReady, (long?)expectedBatch)));
    }

    [TestCase(450, 450)]
    [TestCase(350, 400)]
    [TestCase(0, 400)]
    [TestCase(null, 400)]
    public void The_cap_of_the_window_is_the_higher_of_the_one_metered_and_the_one_read_back(int? reported, int expected)
    {
        var side = Read(new Observation { Decode = new RoleObservation { EffectiveCapWatts = reported } }).First;

        Assert.That(side.CapWatts, Is.EqualTo(expected));
    }

    [Test]
    public void A_role_that_is_not_reported_has_the_cap_in_force_and_nothing_else()
    {
        Assert.That(Read(new Observation()).First, Is.EqualTo(new SideReading { CapWatts = 400 }));
    }

    [TestCase(9.5, true)]
    [TestCase(9, false)]
    [TestCase(10, false)]
    public void A_window_across_a_change_of_the_role_is_straddled_and_one_that_touches_it_is_not(double minutes, bool expected)
    {
        _state = _state with { First = _state.First with { Changes = _state.First.Changes.Add(TimeSpan.FromMinutes(minutes)) } };

        var side = Read(new Observation { Decode = new RoleObservation { PowerWattsPerGpu = 300 } }).First;

        Assert.That(side.IsStraddled, Is.EqualTo(expected));
    }

    [Test]
    public void Any_signal_of_fleet_or_role_makes_an_observation_worth_learning_from()
    {
        Observation[] worth =
        [
            new() { TtftMs = 1 }, new() { TtftP95Ms = 1 }, new() { ItlMs = 1 }, new() { ItlP95Ms = 1 }, new() { TokensPerSecond = 1 }, new() { TotalWatts = 1 },
            new() { Prefill = new RoleObservation { PowerWattsPerGpu = 1 } }, new() { Decode = new RoleObservation { PowerWattsPerGpu = 1 } }, new() { Aggregated = new RoleObservation { PowerWattsPerGpu = 1 } },
        ];
        Observation[] empty = [new(), new() { Requests = 5 }, new() { Decode = new RoleObservation { ReadyReplicas = 2 } }];

        Assert.That(worth.Select(observation => ObservationReader.IsEmpty(observation)), Is.All.False);
        Assert.That(empty.Select(observation => ObservationReader.IsEmpty(observation)), Is.All.True);
    }

    private TickReading Read(Observation? observation, TimeSpan? now = null, double? nameplate = null) => Read(observation, now ?? Now, nameplate, out _);

    private TickReading Read(Observation? observation, TimeSpan now, double? nameplate, out bool isInOrder)
    {
        _state = _state with { Now = now, Learnt = _state.Learnt with { NameplateWatts = nameplate } };
        return ObservationReader.Read(observation, _options, _report, ref _state, out isInOrder);
    }
}
