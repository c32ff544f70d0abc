using Microsoft.Extensions.Time.Testing;
using PowerPlanner.Control;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Transitions;

/// <summary>Which commands a transition sends, and in which order: two prefill replicas at 400 W, four decode replicas at 300 W, one GPU each.</summary>
internal sealed class StepOrderTests
{
    private static readonly TimeSpan ResendAfter = TimeSpan.FromMinutes(10);

    [Test]
    [Property("Rule", "LIB-13.2-b")]
    [Property("Rule", "LIB-13.2-e")]
    [Property("Defect", "D-07")]
    public async Task Caps_fall_then_replicas_go_then_replicas_come_then_caps_rise()
    {
        var bench = new Bench(budget: 5000);

        await bench.Step(new RoleTarget(3, 350), new RoleTarget(2, 450));

        Assert.That(bench.Sent, Is.EqualTo(new[]
        {
            (FleetRole.Prefill, CommandKind.SetCap, 350),
            (FleetRole.Decode, CommandKind.SetReplicas, 2),
            (FleetRole.Prefill, CommandKind.SetReplicas, 3),
            (FleetRole.Decode, CommandKind.SetCap, 450),
        }));
    }

    [Test]
    [Property("Rule", "LIB-13.2-i")]
    public async Task A_target_that_is_in_effect_sends_nothing()
    {
        var bench = new Bench(budget: 2000);

        await bench.Step(new RoleTarget(2, 400), new RoleTarget(4, 300));

        Assert.That(bench.Sent, Is.Empty);
        Assert.That(bench.Transition.IsComplete([new RoleTarget(2, 400), new RoleTarget(4, 300)]));
    }

    [Test]
    public async Task A_role_without_a_cap_to_have_keeps_its_own()
    {
        var bench = new Bench(budget: null);

        await bench.Step(new RoleTarget(2, null), new RoleTarget(4, null));

        Assert.That(bench.Sent, Is.Empty);
    }

    [TestCase(2599, 5)]
    [TestCase(2600, 6)]
    [Property("Rule", "LIB-13.2-d")]
    public async Task Replicas_come_as_far_as_there_is_room(long budget, int expected)
    {
        // Two prefill replicas at 400 W beside six decode replicas at 300 W take 2600 W.
        var bench = new Bench(budget);

        await bench.Step(new RoleTarget(2, 400), new RoleTarget(6, 300));

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, expected) }));
    }

    [Test]
    [Property("Rule", "LIB-13.2-c")]
    public async Task What_drains_keeps_its_watts_and_the_rest_comes_when_it_is_gone()
    {
        // Two prefill replicas drain for a while: 800 + 1200 W are taken until then, 1200 W afterwards.
        var bench = new Bench(budget: 2000, drain: TimeSpan.FromMinutes(1));
        RoleTarget[] targets = [new(0, 400), new(6, 300)];

        await bench.Step(targets);
        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Prefill, CommandKind.SetReplicas, 0) }));

        bench.Pass(TimeSpan.FromMinutes(1));
        await bench.Step(targets);
        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, 6) }));
    }

    [TestCase(2000, 0)]
    [TestCase(2199, 0)]
    [TestCase(2200, 1)]
    public async Task A_cap_rises_only_where_every_replica_fits_under_it(long budget, int commands)
    {
        var bench = new Bench(budget);

        await bench.Step(new RoleTarget(2, 500), new RoleTarget(4, 300));

        Assert.That(bench.Sent, Has.Count.EqualTo(commands));
    }

    [Test]
    public async Task Above_the_budget_nothing_rises_and_what_falls_falls()
    {
        var bench = new Bench(budget: 1000);

        await bench.Step(new RoleTarget(3, 300), new RoleTarget(5, 350));

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Prefill, CommandKind.SetCap, 300) }));
    }

    [TestCase(0, 0)]
    [TestCase(600, 0)]
    [TestCase(601, 1)]
    public async Task An_accepted_cap_that_does_not_come_into_effect_is_sent_again_after_a_while(int seconds, int commands)
    {
        var bench = new Bench(budget: 5000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Count = 1, Delay = TimeSpan.FromDays(1) });
        RoleTarget[] targets = [new(2, 350), new(4, 300)];
        await bench.Step(targets);

        bench.Pass(TimeSpan.FromSeconds(seconds));
        await bench.Step(targets);

        Assert.That(bench.Sent, Has.Count.EqualTo(commands));
    }

    [Test]
    [Property("Rule", "LIB-13.2-g")]
    public async Task A_cap_without_an_answer_is_sent_again_at_once_and_steps_before_it_stay()
    {
        var bench = new Bench(budget: 5000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Caps, Count = 1 });
        RoleTarget[] targets = [new(2, 450), new(3, 300)];
        await bench.Step(targets);
        Assert.That((bench.Fleet.State.Decode!.Ready, bench.Transition.IsComplete(targets)), Is.EqualTo((3, false)));

        await bench.Step(targets);

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Prefill, CommandKind.SetCap, 450) }));
        Assert.That(bench.Transition.IsComplete(targets));
    }

    [TestCase(5, 5)]
    [TestCase(4, 4)]
    public async Task A_request_for_replicas_that_has_not_come_is_cut_to_what_is_wanted_now(int wanted, int expected)
    {
        var bench = new Bench(budget: 5000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Target = FleetFaultTarget.Replicas, Count = 1, Delay = TimeSpan.FromDays(1) });
        await bench.Step(new RoleTarget(2, 400), new RoleTarget(8, 300));

        await bench.Step(new RoleTarget(2, 400), new RoleTarget(wanted, 300));

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, expected) }));
        Assert.That(bench.Ledger.ChargedWatts, Is.EqualTo(800 + (300 * expected)));
    }

    [Test]
    public async Task A_request_for_replicas_that_no_longer_fits_and_is_of_no_use_is_taken_back_whole()
    {
        // Eight were asked for; now five fit, and fewer than seven are of no use.
        var bench = new Bench(budget: 5000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Target = FleetFaultTarget.Replicas, Count = 1, Delay = TimeSpan.FromDays(1) });
        RoleTarget[] targets = [new(2, 400), new(8, 300)];
        await bench.Step(targets);
        bench.Ledger.BudgetWatts = 2300;
        bench.Ledger.Roles[1].LeastReplicas = 7;

        await bench.Step(targets);

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, 4) }));
    }

    [Test]
    public async Task A_request_that_is_still_wanted_is_left_alone_while_nothing_may_rise()
    {
        var bench = new Bench(budget: 5000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Target = FleetFaultTarget.Replicas, Count = 1, Delay = TimeSpan.FromDays(1) });
        RoleTarget[] targets = [new(2, 400), new(6, 300)];
        await bench.Step(targets);

        await bench.StepWithoutGrowth(targets);

        Assert.That(bench.Sent, Is.Empty);
    }

    [TestCase(6, 6)]
    [TestCase(7, 0)]
    public async Task Growth_begins_where_it_reaches_the_fewest_replicas_that_are_of_use(int least, int expected)
    {
        var bench = new Bench(budget: 2600);
        bench.Ledger.Roles[1].LeastReplicas = least;

        await bench.Step(new RoleTarget(2, 400), new RoleTarget(8, 300));

        Assert.That(bench.Sent.Select(command => command.Value), Is.EqualTo(expected == 0 ? [] : new[] { expected }));
    }

    [Test]
    public async Task A_role_whose_cap_does_not_bind_does_not_grow_and_shrinks()
    {
        var bench = new Bench(budget: 50_000);
        foreach (var role in bench.Ledger.Roles)
        {
            role.ChargeFloorWatts = 600;
        }

        await bench.Step(new RoleTarget(3, 400), new RoleTarget(3, 300));

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, 3) }));
    }

    [Test]
    public void Replicas_that_start_or_drain_and_caps_that_differ_are_not_complete()
    {
        var bench = new Bench(budget: null);
        RoleTarget[] targets = [new(2, 400), new(4, 300)];
        var decode = bench.Fleet.State.Decode!;
        RoleState[] states =
        [
            decode,
            decode with { Ready = 3 },
            decode with { Ready = 5 },
            decode with { Starting = 1 },
            decode with { Terminating = 1 },
            decode with { EffectiveCapWatts = 301 },
            decode with { EffectiveCapWatts = null },
        ];

        Assert.That(states.Select(state =>
        {
            bench.Ledger.Roles[1].Accept(state);
            return bench.Transition.IsComplete(targets);
        }), Is.EqualTo(new[] { true, false, false, false, false, false, false }));
    }

    private sealed class Bench
    {
        private readonly FakeTimeProvider _time = new();
        private readonly DateTimeOffset _origin;

        public Bench(long? budget, TimeSpan drain = default)
        {
            _origin = _time.GetUtcNow();
            Fleet = new InMemoryFleet(
                new InMemoryFleetSetup
                {
                    Prefill = new InMemoryRole { Replicas = 2, CapWatts = 400, DrainDelay = drain },
                    Decode = new InMemoryRole { Replicas = 4, CapWatts = 300, DrainDelay = drain },
                },
                _time);
            Ledger = new FleetLedger(new RoleLedger(FleetRole.Prefill, 1, 700), new RoleLedger(FleetRole.Decode, 1, 700)) { BudgetWatts = budget };
            Transition = new Transition(Ledger, new FleetWriter(Fleet, Ledger)) { ResendAfter = ResendAfter };
            Read();
        }

        public InMemoryFleet Fleet { get; }

        public FleetLedger Ledger { get; }

        public Transition Transition { get; }

        public List<(FleetRole Role, CommandKind Kind, int Value)> Sent => [.. Fleet.Commands.Select(command => (command.Role!.Value, command.Kind, command.Value))];

        public void Pass(TimeSpan time) => _time.Advance(time);

        public Task Step(params RoleTarget[] targets) => Step(targets, canGrow: true);

        public Task StepWithoutGrowth(params RoleTarget[] targets) => Step(targets, canGrow: false);

        private async Task Step(RoleTarget[] targets, bool canGrow)
        {
            Read();
            Fleet.ClearCommands();
            await Transition.StepAsync(targets, canGrow, _time.GetUtcNow() - _origin, default);
        }

        private void Read()
        {
            foreach (var role in Ledger.Roles)
            {
                role.Accept(Fleet.State.Of(role.Role)!);
            }
        }
    }
}
