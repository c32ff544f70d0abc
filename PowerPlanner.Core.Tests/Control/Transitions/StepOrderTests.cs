using PowerPlanner.Control;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Transitions;

/// <summary>Which commands a transition sends, and in which order: two prefill replicas at 400 W, four decode replicas at 300 W, one GPU each.</summary>
internal sealed class StepOrderTests
{
    [Test]
    [Property("Rule", "LIB-13.2-b")]
    [Property("Rule", "LIB-13.2-e")]
    [Property("Defect", "D-07")]
    public async Task Caps_fall_then_replicas_go_then_replicas_come_then_caps_rise()
    {
        var bench = Bench(budget: 5000);

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
        var bench = Bench(budget: 2000);

        await bench.Step(new RoleTarget(2, 400), new RoleTarget(4, 300));

        Assert.That(bench.Sent, Is.Empty);
        Assert.That(bench.IsComplete(new RoleTarget(2, 400), new RoleTarget(4, 300)));
    }

    [Test]
    public async Task What_this_process_has_not_commanded_yet_is_commanded_once_though_it_is_in_effect()
    {
        var bench = Bench(budget: 2000, isOwned: false);
        RoleTarget[] targets = [new(2, 400), new(4, 300)];

        await bench.Step(targets);
        Assert.That(bench.Sent, Is.EqualTo(new[]
        {
            (FleetRole.Prefill, CommandKind.SetCap, 400),
            (FleetRole.Decode, CommandKind.SetCap, 300),
            (FleetRole.Prefill, CommandKind.SetReplicas, 2),
            (FleetRole.Decode, CommandKind.SetReplicas, 4),
        }));

        await bench.Step(targets);
        Assert.That(bench.Sent, Is.Empty);
    }

    [Test]
    public async Task A_role_gets_one_replica_count_a_tick()
    {
        // One was asked for and nobody answered: three may be two more than what is left by now, beside three that drain.
        var bench = Bench(budget: 5000);
        bench.Change(1, role => role.Sending(CommandKind.SetReplicas, 1, 1));
        RoleTarget[] targets = [new(2, 400), new(3, 300)];

        await bench.Step(targets);
        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, 1) }));

        await bench.Step(targets);
        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, 3) }));
    }

    [TestCase(599, 5, 1)]
    [TestCase(599, 4, 0)]
    [TestCase(600, 5, 0)]
    public async Task A_cap_that_came_late_is_repeated_before_replicas_are_born_under_it(int seconds, int replicas, int commands)
    {
        var bench = Bench(budget: 5000, capSettleTime: TimeSpan.FromSeconds(600));
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Target = FleetFaultTarget.Caps, Count = 1, Delay = TimeSpan.FromSeconds(5) });
        await bench.Step(new RoleTarget(2, 400), new RoleTarget(4, 250));

        bench.Pass(TimeSpan.FromSeconds(seconds));
        await bench.Step(new RoleTarget(2, 400), new RoleTarget(replicas, 250));

        Assert.That(bench.Sent.Where(command => command.Kind == CommandKind.SetCap), Has.Exactly(commands).Items);
        Assert.That(bench.Running.Decode, Is.EqualTo(replicas));
    }

    [Test]
    public async Task A_cap_that_came_late_is_not_repeated_above_the_budget()
    {
        var bench = Bench(budget: 5000, capSettleTime: TimeSpan.FromSeconds(600));
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Target = FleetFaultTarget.Caps, Count = 1, Delay = TimeSpan.FromSeconds(5) });
        await bench.Step(new RoleTarget(2, 400), new RoleTarget(4, 250));
        bench.Pass(TimeSpan.FromSeconds(10));
        bench.Ledger = bench.Ledger with { BudgetWatts = 1000 };

        await bench.Step(new RoleTarget(2, 400), new RoleTarget(5, 250));

        Assert.That(bench.Sent, Is.Empty);
    }

    [Test]
    public async Task A_role_without_a_cap_to_have_keeps_its_own()
    {
        var bench = Bench(budget: null);

        await bench.Step(new RoleTarget(2, null), new RoleTarget(4, null));

        Assert.That(bench.Sent, Is.Empty);
    }

    [TestCase(2599, 5)]
    [TestCase(2600, 6)]
    [Property("Rule", "LIB-13.2-d")]
    public async Task Replicas_come_as_far_as_there_is_room(long budget, int expected)
    {
        // Two prefill replicas at 400 W beside six decode replicas at 300 W take 2600 W.
        var bench = Bench(budget);

        await bench.Step(new RoleTarget(2, 400), new RoleTarget(6, 300));

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, expected) }));
    }

    [Test]
    [Property("Rule", "LIB-13.2-c")]
    public async Task What_drains_keeps_its_watts_and_the_rest_comes_when_it_is_gone()
    {
        // Two prefill replicas drain for a while: 800 + 1200 W are taken until then, 1200 W afterwards.
        var bench = Bench(budget: 2000, drain: TimeSpan.FromMinutes(1));
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
        var bench = Bench(budget);

        await bench.Step(new RoleTarget(2, 500), new RoleTarget(4, 300));

        Assert.That(bench.Sent, Has.Count.EqualTo(commands));
    }

    [Test]
    public async Task Above_the_budget_nothing_rises_and_what_falls_falls()
    {
        var bench = Bench(budget: 1000);

        await bench.Step(new RoleTarget(3, 300), new RoleTarget(5, 350));

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Prefill, CommandKind.SetCap, 300) }));
    }

    [TestCase(0, 0)]
    [TestCase(600, 0)]
    [TestCase(601, 1)]
    public async Task An_accepted_cap_that_does_not_come_into_effect_is_sent_again_after_a_while(int seconds, int commands)
    {
        var bench = Bench(budget: 5000);
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
        var bench = Bench(budget: 5000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Caps, Count = 1 });
        RoleTarget[] targets = [new(2, 450), new(3, 300)];
        await bench.Step(targets);
        Assert.That((bench.Fleet.State.Decode!.Ready, bench.IsComplete(targets)), Is.EqualTo((3, false)));

        await bench.Step(targets);

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Prefill, CommandKind.SetCap, 450) }));
        Assert.That(bench.IsComplete(targets));
    }

    [TestCase(5)]
    [TestCase(4)]
    public async Task A_request_for_replicas_that_has_not_come_is_taken_back_before_fewer_are_asked_for(int wanted)
    {
        var bench = Bench(budget: 5000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Target = FleetFaultTarget.Replicas, Count = 1, Delay = TimeSpan.FromDays(1) });
        await bench.Step(new RoleTarget(2, 400), new RoleTarget(8, 300));

        await bench.Step(new RoleTarget(2, 400), new RoleTarget(wanted, 300));
        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, 4) }));
        Assert.That(bench.Ledger.ChargedWatts, Is.EqualTo(800 + (300 * 4)));

        await bench.Step(new RoleTarget(2, 400), new RoleTarget(wanted, 300));
        Assert.That((bench.Running, bench.Ledger.ChargedWatts), Is.EqualTo(((2, wanted), 800L + (300 * wanted))));
    }

    [Test]
    public async Task A_request_for_replicas_that_no_longer_fits_and_is_of_no_use_is_taken_back_whole()
    {
        // Eight were asked for; now five fit, and fewer than seven are of no use.
        var bench = Bench(budget: 5000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Target = FleetFaultTarget.Replicas, Count = 1, Delay = TimeSpan.FromDays(1) });
        RoleTarget[] targets = [new(2, 400), new(8, 300)];
        await bench.Step(targets);
        bench.Ledger = bench.Ledger with { BudgetWatts = 2300 };
        bench.Change(1, role => role with { LeastReplicas = 7 });

        await bench.Step(targets);

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, 4) }));
    }

    [Test]
    public async Task A_request_that_is_still_wanted_is_left_alone_while_nothing_may_rise()
    {
        var bench = Bench(budget: 5000);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Target = FleetFaultTarget.Replicas, Count = 1, Delay = TimeSpan.FromDays(1) });
        RoleTarget[] targets = [new(2, 400), new(6, 300)];
        await bench.Step(targets);

        await bench.StepUnread(targets);

        Assert.That(bench.Sent, Is.Empty);
    }

    [TestCase(6, 6)]
    [TestCase(7, 0)]
    public async Task Growth_begins_where_it_reaches_the_fewest_replicas_that_are_of_use(int least, int expected)
    {
        var bench = Bench(budget: 2600);
        bench.Change(1, role => role with { LeastReplicas = least });

        await bench.Step(new RoleTarget(2, 400), new RoleTarget(8, 300));

        Assert.That(bench.Sent.Select(command => command.Value), Is.EqualTo(expected == 0 ? [] : new[] { expected }));
    }

    [Test]
    public async Task A_role_whose_cap_does_not_bind_does_not_grow_and_shrinks()
    {
        var bench = Bench(budget: 50_000);
        bench.Change(0, role => role with { IsGrowthHeld = true });
        bench.Change(1, role => role with { IsGrowthHeld = true });

        await bench.Step(new RoleTarget(3, 400), new RoleTarget(3, 300));

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, 3) }));
    }

    [Test]
    public void Replicas_that_start_or_drain_and_caps_that_differ_are_not_complete()
    {
        var bench = Bench(budget: null);
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
            bench.Change(1, role => role.Accepting(state));
            return bench.IsComplete(targets);
        }), Is.EqualTo(new[] { true, false, false, false, false, false, false }));
    }

    private static StepBench Bench(long? budget, TimeSpan drain = default, bool isOwned = true, TimeSpan capSettleTime = default) => new(
        new InMemoryFleetSetup
        {
            Prefill = new InMemoryRole { Replicas = 2, CapWatts = 400, DrainDelay = drain },
            Decode = new InMemoryRole { Replicas = 4, CapWatts = 300, DrainDelay = drain },
        },
        budget,
        isOwned)
    {
        CapSettleTime = capSettleTime,
    };
}
