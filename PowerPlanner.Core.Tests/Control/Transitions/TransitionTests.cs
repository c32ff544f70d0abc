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
        var fleet = TwoDecodeReplicas();
        var (ledger, transition) = Of(fleet, budget: 5000);
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.ApplyThenTimeOut, Target = FleetFaultTarget.Replicas, Count = 1 });
        RoleTarget[] targets = [Idle, new(3, null)];

        await Step(fleet, ledger, transition, targets);
        await Step(fleet, ledger, transition, targets);

        Assert.That(transition.IsComplete(targets));
    }

    [Test]
    public async Task A_lowering_that_got_lost_does_not_hide_a_raise_that_was_accepted()
    {
        var fleet = TwoDecodeReplicas();
        var (ledger, transition) = Of(fleet, budget: 5000);
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Target = FleetFaultTarget.Replicas, Count = 1, Delay = TimeSpan.FromDays(1) });
        await Step(fleet, ledger, transition, [Idle, new(5, null)]);
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Replicas, Count = 1 });

        await Step(fleet, ledger, transition, [Idle, new(1, null)]);

        Assert.That(ledger.ChargedWatts, Is.EqualTo(5 * 400));
    }

    [Test]
    public async Task Fewer_replicas_than_are_of_use_are_not_started()
    {
        var fleet = TwoDecodeReplicas();
        var (ledger, transition) = Of(fleet, budget: 1300);
        ledger.Roles[0].LeastReplicas = 2;

        await Step(fleet, ledger, transition, [new(3, null), new(2, null)]);

        Assert.That(fleet.State.Prefill!.Ready, Is.Zero);
    }

    [Test]
    public async Task A_raise_that_no_longer_fits_is_called_back()
    {
        var fleet = TwoDecodeReplicas();
        var (ledger, transition) = Of(fleet, budget: 5000);
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Replicas, Count = 1 });
        await Step(fleet, ledger, transition, [new(8, null), new(2, null)]);
        ledger.BudgetWatts = 1600;

        await Step(fleet, ledger, transition, [new(8, null), new(2, null)]);

        Assert.That((ledger.ChargedWatts, fleet.State.Prefill!.Ready), Is.EqualTo((1600L, 2)));
    }

    [Test]
    public async Task Nothing_rises_while_the_fleet_cannot_be_read()
    {
        var fleet = TwoDecodeReplicas();
        var (ledger, transition) = Of(fleet, budget: 5000);
        RoleTarget[] targets = [new(1, null), new(3, 500)];
        await Read(fleet, ledger);

        await transition.StepAsync(targets, canGrow: false, TimeSpan.Zero, default);

        Assert.That(fleet.Commands, Is.Empty);
    }

    [Test]
    public async Task A_lowering_without_an_answer_is_not_exceeded_while_the_fleet_cannot_be_read()
    {
        // The lowering landed: a "lowering" from five to three would start a third replica beside three that drain.
        var fleet = new InMemoryFleet(new InMemoryFleetSetup { Prefill = Role(0), Decode = Role(5) with { DrainDelay = TimeSpan.FromHours(1) } });
        var (ledger, transition) = Of(fleet, budget: 1000);
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.ApplyThenTimeOut, Target = FleetFaultTarget.Replicas, Count = 1 });
        await Step(fleet, ledger, transition, [Idle, new(2, null)]);

        await StepUnread(ledger, transition, [Idle, new(3, null)]);

        Assert.That((fleet.State.Decode!.Ready, fleet.State.Decode.Terminating, fleet.Commands[^1].Value), Is.EqualTo((2, 3, 2)));
    }

    [Test]
    public async Task The_lowest_of_several_open_lowerings_is_not_exceeded_while_the_fleet_cannot_be_read()
    {
        var fleet = new InMemoryFleet(new InMemoryFleetSetup { Prefill = Role(0), Decode = Role(6) with { DrainDelay = TimeSpan.FromHours(1) } });
        var (ledger, transition) = Of(fleet, budget: 1000);
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.ApplyThenTimeOut, Target = FleetFaultTarget.Replicas, Count = 3 });
        await Step(fleet, ledger, transition, [Idle, new(1, null)]);
        await StepUnread(ledger, transition, [Idle, new(4, null)]);

        await StepUnread(ledger, transition, [Idle, new(2, null)]);

        Assert.That((fleet.State.Decode!.Ready, ledger.ChargedWatts), Is.EqualTo((1, 6 * 400L)));
    }

    [Test]
    public async Task A_lowering_without_an_answer_is_exceeded_once_the_fleet_has_been_read()
    {
        var fleet = TwoDecodeReplicas();
        var (ledger, transition) = Of(fleet, budget: 5000);
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.ApplyThenTimeOut, Target = FleetFaultTarget.Replicas, Count = 1 });
        await Step(fleet, ledger, transition, [Idle, new(1, null)]);
        await StepUnread(ledger, transition, [Idle, new(3, null)]);

        await Step(fleet, ledger, transition, [Idle, new(3, null)]);

        Assert.That(fleet.State.Decode!.Ready, Is.EqualTo(3));
    }

    [Test]
    public async Task A_cap_below_an_accepted_one_is_not_raised_in_place_of_being_lowered()
    {
        // Somebody has capped the GPUs at 100 W meanwhile: 200 W is below the 300 W that were accepted, and above what is in force.
        var (fleet, ledger, transition) = await AcceptedCapNeverConfirmed();
        fleet.CapByHand(FleetRole.Decode, 100);
        ledger.BudgetWatts = 150;

        await Step(fleet, ledger, transition, [Idle, new(2, 200)]);

        Assert.That((fleet.State.Decode!.EffectiveCapWatts, fleet.Commands[^1].Value), Is.EqualTo((100, 100)));
    }

    [Test]
    public async Task A_cap_below_an_accepted_one_is_raised_where_there_is_room()
    {
        var (fleet, ledger, transition) = await AcceptedCapNeverConfirmed();
        fleet.CapByHand(FleetRole.Decode, 100);

        await Step(fleet, ledger, transition, [Idle, new(2, 200)]);

        Assert.That((fleet.State.Decode!.EffectiveCapWatts, fleet.Commands.Length, ledger.ChargedWatts), Is.EqualTo((200, 2, 400L)));
    }

    [Test]
    public async Task A_lowered_cap_without_an_answer_is_not_exceeded_while_the_fleet_cannot_be_read()
    {
        var fleet = TwoDecodeReplicas();
        var (ledger, transition) = Of(fleet, budget: 500);
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.ApplyThenTimeOut, Target = FleetFaultTarget.Caps, Count = 1 });
        await Step(fleet, ledger, transition, [Idle, new(2, 200)]);

        await StepUnread(ledger, transition, [Idle, new(2, 300)]);

        Assert.That((fleet.State.Decode!.EffectiveCapWatts, fleet.Commands[^1].Value), Is.EqualTo((200, 200)));
    }

    // A cap of 300 W that was accepted while caps could not be read back, and that still nobody has read.
    private static async Task<(InMemoryFleet Fleet, FleetLedger Ledger, Transition Transition)> AcceptedCapNeverConfirmed()
    {
        var fleet = TwoDecodeReplicas();
        var (ledger, transition) = Of(fleet, budget: 5000);
        fleet.HideCap(FleetRole.Decode, true);
        await Step(fleet, ledger, transition, [Idle, new(2, 300)]);
        fleet.HideCap(FleetRole.Decode, false);
        return (fleet, ledger, transition);
    }

    private static async Task StepUnread(FleetLedger ledger, Transition transition, RoleTarget[] targets)
    {
        foreach (var role in ledger.Roles)
        {
            role.Unsee();
        }

        await transition.StepAsync(targets, canGrow: false, TimeSpan.Zero, default);
    }

    private static InMemoryRole Role(int replicas) => new() { GpusPerReplica = 1, Replicas = replicas, CapWatts = 400 };

    private static InMemoryFleet TwoDecodeReplicas() => new(new InMemoryFleetSetup { Prefill = Role(0), Decode = Role(2) });

    private static (FleetLedger Ledger, Transition Transition) Of(InMemoryFleet fleet, long budget)
    {
        var ledger = new FleetLedger(new RoleLedger(FleetRole.Prefill, 1, 700), new RoleLedger(FleetRole.Decode, 1, 700)) { BudgetWatts = budget };
        return (ledger, new Transition(ledger, new FleetWriter(fleet, ledger)) { ResendAfter = TimeSpan.FromMinutes(10) });
    }

    private static async Task Step(InMemoryFleet fleet, FleetLedger ledger, Transition transition, RoleTarget[] targets)
    {
        await Read(fleet, ledger);
        await transition.StepAsync(targets, canGrow: true, TimeSpan.Zero, default);
    }

    private static async Task Read(InMemoryFleet fleet, FleetLedger ledger)
    {
        var state = await fleet.ReadAsync(default);
        foreach (var role in ledger.Roles)
        {
            role.Unsee();
            role.Accept(state.Of(role.Role)!);
        }
    }
}
