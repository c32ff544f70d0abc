using PowerPlanner.Control;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Transitions;

/// <summary>Single steps of a transition, each under one fault.</summary>
internal sealed class TransitionTests
{
    private static readonly RoleTarget Idle = new(0, null);

    [Test]
    public async Task A_count_that_is_reached_by_a_command_without_an_answer_is_settled_by_sending_it_again()
    {
        var bench = TwoDecodeReplicas(budget: 5000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.ApplyThenTimeOut, Target = FleetFaultTarget.Replicas, Count = 1 });
        RoleTarget[] targets = [Idle, new(3, null)];

        await bench.Step(targets);
        await bench.Step(targets);

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, 3) }));
        Assert.That(bench.IsComplete(targets));
    }

    [Test]
    public async Task A_lowering_that_got_lost_does_not_hide_a_raise_that_was_accepted()
    {
        var bench = TwoDecodeReplicas(budget: 5000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Target = FleetFaultTarget.Replicas, Count = 1, Delay = TimeSpan.FromDays(1) });
        await bench.Step(Idle, new(5, null));
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Replicas, Count = 1 });

        await bench.Step(Idle, new(1, null));

        Assert.That(bench.Ledger.ChargedWatts, Is.EqualTo(5 * 400));
    }

    [Test]
    public async Task Fewer_replicas_than_are_of_use_are_not_started()
    {
        var bench = TwoDecodeReplicas(budget: 1300);
        bench.Change(0, role => role with { LeastReplicas = 2 });

        await bench.Step(new(3, null), new(2, null));

        Assert.That(bench.Fleet.State.Prefill!.Ready, Is.Zero);
    }

    [Test]
    public async Task A_raise_that_no_longer_fits_is_called_back()
    {
        var bench = TwoDecodeReplicas(budget: 5000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Replicas, Count = 1 });
        await bench.Step(new(8, null), new(2, null));
        bench.Ledger = bench.Ledger with { BudgetWatts = 1600 };

        await bench.Step(new(8, null), new(2, null));

        Assert.That((bench.Ledger.ChargedWatts, bench.Fleet.State.Prefill!.Ready), Is.EqualTo((1600L, 2)));
    }

    [Test]
    public async Task Nothing_rises_while_the_fleet_cannot_be_read()
    {
        var bench = TwoDecodeReplicas(budget: 5000);
        RoleTarget[] targets = [new(1, null), new(3, 500)];

        await bench.StepUnread(targets);

        Assert.That(bench.Fleet.Commands, Is.Empty);
    }

    [Test]
    public async Task A_lowering_without_an_answer_is_not_exceeded_while_the_fleet_cannot_be_read()
    {
        // The lowering landed: a "lowering" from five to three would start a third replica beside three that drain.
        var bench = new StepBench(new InMemoryFleetSetup { Prefill = Role(0), Decode = Role(5) with { DrainDelay = TimeSpan.FromHours(1) } }, 1000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.ApplyThenTimeOut, Target = FleetFaultTarget.Replicas, Count = 1 });
        await bench.Step(Idle, new(2, null));

        await bench.StepUnread(Idle, new(3, null));

        Assert.That((bench.Fleet.State.Decode!.Ready, bench.Fleet.State.Decode.Terminating, bench.Fleet.Commands[^1].Value), Is.EqualTo((2, 3, 2)));
    }

    [Test]
    public async Task The_lowest_of_several_open_lowerings_is_not_exceeded_while_the_fleet_cannot_be_read()
    {
        var bench = new StepBench(new InMemoryFleetSetup { Prefill = Role(0), Decode = Role(6) with { DrainDelay = TimeSpan.FromHours(1) } }, 1000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.ApplyThenTimeOut, Target = FleetFaultTarget.Replicas, Count = 3 });
        await bench.Step(Idle, new(1, null));
        await bench.StepUnread(Idle, new(4, null));

        await bench.StepUnread(Idle, new(2, null));

        Assert.That((bench.Fleet.State.Decode!.Ready, bench.Ledger.ChargedWatts), Is.EqualTo((1, 6 * 400L)));
    }

    [Test]
    public async Task A_lowering_without_an_answer_is_exceeded_once_the_fleet_has_been_read()
    {
        var bench = TwoDecodeReplicas(budget: 5000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.ApplyThenTimeOut, Target = FleetFaultTarget.Replicas, Count = 1 });
        await bench.Step(Idle, new(1, null));
        await bench.StepUnread(Idle, new(3, null));

        await bench.Step(Idle, new(3, null));

        Assert.That(bench.Fleet.State.Decode!.Ready, Is.EqualTo(3));
    }

    [Test]
    public async Task A_cap_below_an_accepted_one_is_not_raised_in_place_of_being_lowered()
    {
        // Somebody has capped the GPUs at 100 W meanwhile: 200 W is below the 300 W that were accepted, and above what is in force.
        var bench = await AcceptedCapNeverConfirmed();
        bench.Fleet.CapByHand(FleetRole.Decode, 100);
        bench.Ledger = bench.Ledger with { BudgetWatts = 150 };

        await bench.Step(Idle, new(2, 200));

        Assert.That((bench.Fleet.State.Decode!.EffectiveCapWatts, bench.Fleet.Commands[^1].Value), Is.EqualTo((100, 100)));
    }

    [Test]
    public async Task A_cap_below_an_accepted_one_is_raised_where_there_is_room()
    {
        var bench = await AcceptedCapNeverConfirmed();
        bench.Fleet.CapByHand(FleetRole.Decode, 100);

        await bench.Step(Idle, new(2, 200));

        Assert.That((bench.Fleet.State.Decode!.EffectiveCapWatts, bench.Fleet.Commands.Length, bench.Ledger.ChargedWatts), Is.EqualTo((200, 1, 400L)));
    }

    [Test]
    public async Task A_lowered_cap_without_an_answer_is_not_exceeded_while_the_fleet_cannot_be_read()
    {
        var bench = TwoDecodeReplicas(budget: 500);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.ApplyThenTimeOut, Target = FleetFaultTarget.Caps, Count = 1 });
        await bench.Step(Idle, new(2, 200));

        await bench.StepUnread(Idle, new(2, 300));

        Assert.That((bench.Fleet.State.Decode!.EffectiveCapWatts, bench.Fleet.Commands[^1].Value), Is.EqualTo((200, 200)));
    }

    // A cap of 300 W that was accepted while caps could not be read back, and that still nobody has read.
    private static async Task<StepBench> AcceptedCapNeverConfirmed()
    {
        var bench = TwoDecodeReplicas(budget: 5000);
        bench.Fleet.HideCap(FleetRole.Decode, true);
        await bench.Step(Idle, new(2, 300));
        bench.Fleet.HideCap(FleetRole.Decode, false);
        return bench;
    }

    private static InMemoryRole Role(int replicas) => new() { GpusPerReplica = 1, Replicas = replicas, CapWatts = 400 };

    private static StepBench TwoDecodeReplicas(long budget) => new(new InMemoryFleetSetup { Prefill = Role(0), Decode = Role(2) }, budget);
}
