using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Tests.Testing;

internal sealed class InMemoryFleetTests
{
    [Test]
    public async Task Commands_take_effect_at_once_without_delays()
    {
        var fleet = Fleet();

        await fleet.SetCapAsync(new SetCapCommand(FleetRole.Prefill, 450, 1), default);
        var answer = await fleet.SetReplicasAsync(new SetReplicasCommand(FleetRole.Prefill, 5, 2), default);

        Assert.That(answer, Is.EqualTo(new RoleState { Ready = 5, EffectiveCapWatts = 450, CapLimits = new GpuPowerLimits(200, 700), GpusPerReplica = 1, Revision = 2 }));
    }

    [Test]
    public async Task A_cap_outside_the_range_is_moved_into_it()
    {
        var fleet = Fleet();

        var answer = await fleet.SetCapAsync(new SetCapCommand(FleetRole.Decode, 100, 1), default);

        Assert.That(answer.EffectiveCapWatts, Is.EqualTo(200));
    }

    [Test]
    public async Task Replicas_start_and_drain_by_the_clock()
    {
        var time = new SimulatedTime();
        var fleet = Fleet(time, startSeconds: 60, drainSeconds: 30);

        await fleet.SetReplicasAsync(new SetReplicasCommand(FleetRole.Prefill, 4, 1), default);
        var starting = fleet.State.Prefill!;
        time.Advance(TimeSpan.FromSeconds(60));
        var started = fleet.State.Prefill!;
        await fleet.SetReplicasAsync(new SetReplicasCommand(FleetRole.Prefill, 1, 2), default);
        var draining = fleet.State.Prefill!;
        time.Advance(TimeSpan.FromSeconds(30));
        var gone = fleet.State.Prefill!;

        Assert.That(Counts(starting), Is.EqualTo((2, 2, 0)));
        Assert.That(Counts(started), Is.EqualTo((4, 0, 0)));
        Assert.That(Counts(draining), Is.EqualTo((1, 0, 3)));
        Assert.That(Counts(gone), Is.EqualTo((1, 0, 0)));
    }

    [Test]
    public async Task The_peak_counts_replicas_that_start_and_drain_before_and_after_every_command()
    {
        var time = new SimulatedTime();
        var fleet = Fleet(time, startSeconds: 60, drainSeconds: 30);

        await fleet.SetReplicasAsync(new SetReplicasCommand(FleetRole.Prefill, 6, 1), default);
        await fleet.SetReplicasAsync(new SetReplicasCommand(FleetRole.Prefill, 1, 2), default);
        time.Advance(TimeSpan.FromSeconds(30));

        // Prefill 2 and decode 1 replicas of 1 and 2 GPUs at 500 W at first: 2000 W.
        Assert.That(fleet.PeakWatts, Is.EqualTo(4000));
        Assert.That(fleet.ChargedWatts, Is.EqualTo(1500));
        fleet.ResetPeak();
        Assert.That(fleet.PeakWatts, Is.EqualTo(1500));
    }

    [Test]
    public void Watts_besides_the_board_are_charged()
    {
        var fleet = new InMemoryFleet(new InMemoryFleetSetup { Aggregated = new InMemoryRole { GpusPerReplica = 8, Replicas = 3, CapWatts = 600 }, NonGpuWattsPerGpu = 50 });

        Assert.That(fleet.ChargedWatts, Is.EqualTo(3 * 8 * 650));
    }

    [Test]
    public async Task An_absent_absolute_threshold_keeps_the_one_in_force()
    {
        var fleet = Fleet();

        await fleet.SetThresholdsAsync(new SetThresholdsCommand("f2", new AdmissionThresholds(0.9, 0.8, 7373), 1), default);
        var answer = await fleet.SetThresholdsAsync(new SetThresholdsCommand("f2", new AdmissionThresholds(0.8, 1, null), 2), default);

        Assert.That(answer, Is.EqualTo(new FrontendState { Name = "f2", AcknowledgedGeneration = 2, Thresholds = new AdmissionThresholds(0.8, 1, 7373) }));
    }

    [Test]
    public async Task A_restarted_frontend_has_forgotten_everything()
    {
        var fleet = Fleet();
        await fleet.SetThresholdsAsync(new SetThresholdsCommand("f1", new AdmissionThresholds(0.9, 0.8, null), 1), default);

        fleet.RestartFrontend("f1");

        Assert.That(fleet.State.Frontends[0], Is.EqualTo(new FrontendState { Name = "f1" }));
    }

    [Test]
    public async Task A_refused_command_changes_nothing()
    {
        var fleet = Fleet();
        var before = fleet.State;
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.Refuse, Target = FleetFaultTarget.Caps, Count = 1 });

        await Assert.ThatAsync(async () => await fleet.SetCapAsync(new SetCapCommand(FleetRole.Prefill, 450, 1), default), Throws.TypeOf<CommandRefusedException>());

        Assert.That(fleet.State, Is.SameAs(before));
        Assert.That(fleet.Commands.Single().Outcome, Is.EqualTo(CommandOutcome.Refused));
    }

    [Test]
    public async Task A_fault_strikes_as_often_as_it_says_and_only_its_target()
    {
        var fleet = Fleet();
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Admission, Frontend = "f1", Count = 2 });

        for (var i = 0; i < 2; i++)
        {
            await Assert.ThatAsync(async () => await fleet.SetThresholdsAsync(new SetThresholdsCommand("f1", default, 1), default), Throws.TypeOf<IOException>());
            await fleet.SetThresholdsAsync(new SetThresholdsCommand("f2", default, 1), default);
            await fleet.SetCapAsync(new SetCapCommand(FleetRole.Prefill, 450, 1), default);
        }

        Assert.That((await fleet.SetThresholdsAsync(new SetThresholdsCommand("f1", default, 1), default)).AcknowledgedGeneration, Is.EqualTo(1));
    }

    [Test]
    public async Task A_command_whose_answer_is_lost_has_taken_effect()
    {
        var fleet = Fleet();
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.ApplyThenTimeOut });

        await Assert.ThatAsync(async () => await fleet.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 3, 1), default), Throws.TypeOf<TimeoutException>());

        Assert.That(fleet.State.Decode!.Ready, Is.EqualTo(3));
    }

    [Test]
    public async Task A_hanging_command_ends_when_it_is_cancelled()
    {
        var fleet = Fleet();
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.Hang });
        using var cancellation = new CancellationTokenSource();

        var call = fleet.SetCapAsync(new SetCapCommand(FleetRole.Prefill, 450, 1), cancellation.Token).AsTask();
        var wasDone = call.IsCompleted;
        await cancellation.CancelAsync();

        Assert.That(wasDone, Is.False);
        await Assert.ThatAsync(() => call, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_stale_answer_is_the_state_before_the_command()
    {
        var fleet = Fleet();
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.AnswerStale, Count = 1 });

        var answer = await fleet.SetCapAsync(new SetCapCommand(FleetRole.Prefill, 450, 1), default);

        Assert.That(answer.EffectiveCapWatts, Is.EqualTo(500));
        Assert.That(fleet.State.Prefill!.EffectiveCapWatts, Is.EqualTo(450));
    }

    [Test]
    public async Task A_late_effect_lands_after_its_delay()
    {
        var time = new SimulatedTime();
        var fleet = Fleet(time);
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Delay = TimeSpan.FromSeconds(10), Count = 1 });

        var answer = await fleet.SetCapAsync(new SetCapCommand(FleetRole.Prefill, 450, 1), default);
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.That(answer.EffectiveCapWatts, Is.EqualTo(500));
        Assert.That(fleet.State.Prefill!.EffectiveCapWatts, Is.EqualTo(450));
    }

    [Test]
    public async Task A_late_effect_never_overwrites_a_newer_command()
    {
        var time = new SimulatedTime();
        var fleet = Fleet(time);
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Delay = TimeSpan.FromSeconds(10), Count = 1 });

        await fleet.SetCapAsync(new SetCapCommand(FleetRole.Prefill, 450, 1), default);
        await fleet.SetCapAsync(new SetCapCommand(FleetRole.Prefill, 400, 2), default);
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.That(fleet.State.Prefill!.EffectiveCapWatts, Is.EqualTo(400));
    }

    [Test]
    public async Task Queued_observations_come_first_then_the_standing_one()
    {
        var fleet = Fleet();
        var standing = new Observation { Requests = 1 };
        var queued = new Observation { Requests = 2 };
        fleet.SetObservation(standing);
        fleet.EnqueueObservation(queued);
        fleet.EnqueueObservation(null);

        Assert.That(await fleet.ObserveAsync(default), Is.SameAs(queued));
        Assert.That(await fleet.ObserveAsync(default), Is.Null);
        Assert.That(await fleet.ObserveAsync(default), Is.SameAs(standing));
    }

    [Test]
    public void A_node_that_goes_takes_its_replicas_along_and_no_more_than_there_are()
    {
        var fleet = Fleet();

        fleet.ChangeReplicas(FleetRole.Prefill, -5);

        Assert.That(fleet.State.Prefill!.Ready, Is.Zero);
    }

    [Test]
    public async Task The_log_tells_changes_from_repetitions()
    {
        var fleet = Fleet();

        await fleet.SetReplicasAsync(new SetReplicasCommand(FleetRole.Prefill, 3, 1), default);
        await fleet.SetReplicasAsync(new SetReplicasCommand(FleetRole.Prefill, 3, 2), default);

        Assert.That(fleet.Commands.Select(command => command.Outcome), Is.EqualTo(new[] { CommandOutcome.Applied, CommandOutcome.NoChange }));
    }

    [Test]
    public async Task Reading_a_fleet_that_has_not_changed_allocates_nothing()
    {
        var fleet = Fleet();
        await fleet.ReadAsync(default);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            // What is complete already is awaited on this thread and allocates nothing by itself.
            _ = await fleet.ReadAsync(default);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Frontends_must_have_names_of_their_own() =>
        Assert.That(
            () => new InMemoryFleet(new InMemoryFleetSetup { Decode = new InMemoryRole { CapWatts = 300 }, Frontends = ["a", "a"] }),
            Throws.ArgumentException.With.Message.Contains("'a'"));

    private static InMemoryFleet Fleet(SimulatedTime? time = null, int startSeconds = 0, int drainSeconds = 0) => new(
        new InMemoryFleetSetup { Prefill = Role(2, 1, startSeconds, drainSeconds), Decode = Role(1, 2, startSeconds, drainSeconds) },
        time ?? new SimulatedTime());

    private static InMemoryRole Role(int replicas, int gpus, int startSeconds, int drainSeconds) => new()
    {
        Replicas = replicas,
        GpusPerReplica = gpus,
        CapWatts = 500,
        CapLimits = new GpuPowerLimits(200, 700),
        StartDelay = TimeSpan.FromSeconds(startSeconds),
        DrainDelay = TimeSpan.FromSeconds(drainSeconds),
    };

    private static (int Ready, int Starting, int Terminating) Counts(RoleState state) => (state.Ready, state.Starting, state.Terminating);
}
