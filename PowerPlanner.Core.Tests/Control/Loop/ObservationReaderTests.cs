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
    private readonly Side[] _sides;
    private readonly ObservationReader _reader;

    public ObservationReaderTests()
    {
        var ledger = new RoleLedger(FleetRole.Decode, 4, 700);
        ledger.Accept(new RoleState { Ready = 2, EffectiveCapWatts = 400 });
        _sides = [new Side(ledger)];
        _reader = new ObservationReader(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(3), new LoopReport("east", null, _instruments.Deployment()));
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

        Assert.That((reading.Window is null, _reader.Stale, _reader.Invalid), Is.EqualTo((stale == 1, (long)stale, 0L)));
    }

    [Test]
    public void A_tick_without_an_observation_moves_the_clock_and_reads_nothing()
    {
        Read(new Observation { Decode = new RoleObservation { PowerWattsPerGpu = 300 } });

        var reading = Read(null, Now + TimeSpan.FromMinutes(1));

        Assert.That((reading, _sides[0].Reading, _reader.Clock.LastInstant), Is.EqualTo((default(TickReading), default(SideReading), (TimeSpan?)(Now + TimeSpan.FromMinutes(1)))));
    }

    [Test]
    public void A_tick_at_the_instant_of_the_last_one_is_not_in_order()
    {
        Read(new Observation());

        _reader.Read(new Observation(), _sides, Now, null, out var isInOrder);

        Assert.That((isInOrder, _reader.Invalid), Is.EqualTo((false, 1L)));
    }

    [Test]
    public void A_window_that_ends_no_later_than_the_last_one_is_refused_and_its_tick_is_in_order()
    {
        Read(new Observation());

        var reading = _reader.Read(new Observation { Age = TimeSpan.FromMinutes(1) }, _sides, Now + TimeSpan.FromMinutes(1), null, out var isInOrder);

        Assert.That((isInOrder, reading.Window, _reader.Invalid), Is.EqualTo((true, (ObservationWindow?)null, 1L)));
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
        Read(new Observation { Decode = new RoleObservation { PowerWattsPerGpu = watts } }, nameplate: 700);

        Assert.That(_sides[0].Reading.WattsPerGpu, Is.EqualTo(expected));
    }

    [TestCase(20_000, 20_000.0)]
    [TestCase(20_001, null)]
    public void Without_a_nameplate_only_what_no_board_can_draw_is_refused(double watts, double? expected)
    {
        Read(new Observation { Decode = new RoleObservation { PowerWattsPerGpu = watts } });

        Assert.That(_sides[0].Reading.WattsPerGpu, Is.EqualTo(expected));
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
        Assert.That((Read(new Observation { QueueingMs = queueing }).QueueingMs, _reader.Invalid), Is.EqualTo((expected, (long)invalid)));

    [TestCase(0, 1, 0, 1)]
    [TestCase(-1, 0, null, null)]
    public void Counts_below_what_a_role_can_have_are_refused(int ready, int batch, int? expectedReady, int? expectedBatch)
    {
        Read(new Observation { Decode = new RoleObservation { ReadyReplicas = ready, MaxBatchedTokens = batch } });

        Assert.That((_sides[0].Reading.ReadyReplicas, _sides[0].Reading.MaxBatchedTokens), Is.EqualTo((expectedReady, (long?)expectedBatch)));
    }

    [TestCase(350, 350)]
    [TestCase(1, 1)]
    [TestCase(0, 400)]
    [TestCase(null, 400)]
    public void The_cap_of_the_window_is_the_one_reported_or_else_the_one_in_force(int? reported, int expected)
    {
        Read(new Observation { Decode = new RoleObservation { EffectiveCapWatts = reported } });

        Assert.That(_sides[0].Reading.CapWatts, Is.EqualTo(expected));
    }

    [Test]
    public void A_role_that_is_not_reported_has_the_cap_in_force_and_nothing_else()
    {
        Read(new Observation());

        Assert.That(_sides[0].Reading, Is.EqualTo(new SideReading { CapWatts = 400 }));
    }

    [TestCase(9.5, true)]
    [TestCase(9, false)]
    [TestCase(10, false)]
    public void A_window_across_a_change_of_the_role_is_straddled_and_one_that_touches_it_is_not(double minutes, bool expected)
    {
        _sides[0].Changes = _sides[0].Changes.Add(TimeSpan.FromMinutes(minutes));

        Read(new Observation { Decode = new RoleObservation { PowerWattsPerGpu = 300 } });

        Assert.That(_sides[0].Reading.IsStraddled, Is.EqualTo(expected));
    }

    [Test]
    public void Any_signal_of_fleet_or_role_makes_an_observation_worth_learning_from()
    {
        Observation[] worth =
        [
            new() { TtftMs = 1 }, new() { TtftP95Ms = 1 }, new() { ItlMs = 1 }, new() { ItlP95Ms = 1 }, new() { TokensPerSecond = 1 }, new() { TotalWatts = 1 },
            new() { Decode = new RoleObservation { PowerWattsPerGpu = 1 } },
        ];
        Observation[] empty = [new(), new() { Requests = 5 }, new() { Decode = new RoleObservation { ReadyReplicas = 2 } }, new() { Prefill = new RoleObservation { PowerWattsPerGpu = 1 } }];

        Assert.That(worth.Select(observation => ObservationReader.IsEmpty(observation, _sides)), Is.All.False);
        Assert.That(empty.Select(observation => ObservationReader.IsEmpty(observation, _sides)), Is.All.True);
    }

    private TickReading Read(Observation? observation, TimeSpan? now = null, double? nameplate = null) => _reader.Read(observation, _sides, now ?? Now, nameplate, out _);
}
