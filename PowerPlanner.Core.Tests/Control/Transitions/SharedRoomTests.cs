using PowerPlanner.Control;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Transitions;

/// <summary>How two roles of one GPU a replica share what fits while their caps, 400 W instead of 200 W, cannot be lowered.</summary>
internal sealed class SharedRoomTests
{
    private static readonly FleetFault Refused = new() { Kind = FleetFaultKind.Refuse, Target = FleetFaultTarget.Caps };

    // The pair clamp: ⌊n · B/P⌋ of the first, the rest to the second, each at least its minimum.
    [TestCase(3200, 4, 4)]
    [TestCase(3199, 3, 4)]
    [TestCase(1600, 2, 2)]
    [TestCase(1200, 1, 2)]
    [TestCase(800, 1, 1)]
    [TestCase(799, 1, 0)]
    public async Task What_fits_is_shared_in_the_plans_proportion(long budget, int prefill, int decode)
    {
        var bench = Bench(0, 0, budget);

        await bench.Step(new RoleTarget(4, 200), new RoleTarget(4, 200));

        Assert.That(bench.Running, Is.EqualTo((prefill, decode)));
    }

    [Test]
    public async Task Each_roles_minimum_comes_before_the_proportion()
    {
        var bench = Bench(0, 0, budget: 1600);
        bench.Change(1, role => role with { LeastReplicas = 3 });

        await bench.Step(new RoleTarget(8, 200), new RoleTarget(4, 200));

        Assert.That(bench.Running, Is.EqualTo((1, 3)));
    }

    [Test]
    public async Task What_runs_beyond_a_share_stays_while_the_budget_holds()
    {
        var bench = Bench(3, 0, budget: 1600);

        await bench.Step(new RoleTarget(4, 200), new RoleTarget(4, 200));

        Assert.That(bench.Running, Is.EqualTo((3, 1)));
    }

    [Test]
    public async Task A_plan_that_fits_under_the_caps_in_force_is_not_shared_out()
    {
        var bench = Bench(0, 0, budget: 2400);

        await bench.Step(new RoleTarget(5, 200), new RoleTarget(1, 200));

        Assert.That(bench.Running, Is.EqualTo((5, 1)));
    }

    [Test]
    public async Task What_has_been_asked_for_already_is_not_taken_back_to_a_share()
    {
        var bench = Bench(0, 0, budget: 1600, capWatts: 200);
        RoleTarget[] targets = [new(4, 200), new(4, 200)];
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Target = FleetFaultTarget.Replicas, Count = 1, Delay = TimeSpan.FromDays(1) });
        await bench.Step(targets[0], new RoleTarget(0, 200));
        bench.Fleet.CapByHand(FleetRole.Prefill, 400);

        await bench.Step(targets);

        var counts = bench.Fleet.Commands.Where(command => command is { Kind: CommandKind.SetReplicas, Role: FleetRole.Prefill }).Select(command => command.Value);
        Assert.That(counts, Is.All.EqualTo(4));
    }

    [Test]
    public async Task Without_a_budget_everything_comes()
    {
        var bench = Bench(0, 0, budget: null);

        await bench.Step(new RoleTarget(9, 200), new RoleTarget(9, 200));

        Assert.That(bench.Running, Is.EqualTo((9, 9)));
    }

    [TestCase(true, 2, 2)]
    [TestCase(false, 4, 4)]
    public async Task Replicas_above_the_budget_go_only_where_they_are_to(bool sheds, int prefill, int decode)
    {
        var bench = Bench(4, 4, budget: 1600, sheds);

        await bench.Step(new RoleTarget(4, 200), new RoleTarget(4, 200));

        Assert.That(bench.Running, Is.EqualTo((prefill, decode)));
    }

    [Test]
    public async Task Replicas_within_the_budget_stay_whatever_becomes_of_caps()
    {
        var bench = Bench(2, 2, budget: 1600, sheds: true);

        await bench.Step(new RoleTarget(4, 200), new RoleTarget(4, 200));

        Assert.That(bench.Running, Is.EqualTo((2, 2)));
    }

    [Test]
    public async Task A_failure_after_one_that_is_over_is_a_first_one_again()
    {
        var bench = Bench(4, 4, budget: 1600, sheds: true);
        bench.Fleet.ClearFaults();
        RoleTarget[] targets = [new(4, 200), new(4, 200)];
        await FailOnce(bench, targets);
        await bench.Step(targets);
        bench.Fleet.CapByHand(FleetRole.Prefill, 400);
        bench.Fleet.CapByHand(FleetRole.Decode, 400);

        await FailOnce(bench, targets);

        Assert.That(bench.Running, Is.EqualTo((4, 4)));
    }

    private static StepBench Bench(int prefill, int decode, long? budget, bool sheds = false, int capWatts = 400)
    {
        var setup = new InMemoryFleetSetup { Prefill = new InMemoryRole { Replicas = prefill, CapWatts = capWatts }, Decode = new InMemoryRole { Replicas = decode, CapWatts = capWatts } };
        var bench = new StepBench(setup, budget) { Sheds = sheds };
        bench.Fleet.Inject(Refused);
        return bench;
    }

    private static Task FailOnce(StepBench bench, RoleTarget[] targets)
    {
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Caps, Count = 2 });
        return bench.Step(targets);
    }
}
