using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control;

/// <summary>The rows of the staged clamp that need a loop: what a rollout holds, and what it lets through (reference tests Q19, Q21, Q24).</summary>
internal sealed class RolloutTests
{
    private static ControlBench Bench(int prefill, int decode, PlanningProblem? problem = null, IPerformanceModel? model = null, TimeSpan drain = default)
    {
        var engine = new PlanningEngine(new FixedPerformanceModel(50, 10, 50_000), new EngineLayout());
        return new ControlBench(
            (problem ?? ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = 5000 } }) with { PrefillEngine = engine, DecodeEngine = engine },
            fleet: new InMemoryFleetSetup
            {
                Prefill = new InMemoryRole { Replicas = prefill, CapWatts = problem is null ? 700 : 100 },
                Decode = new InMemoryRole { Replicas = decode, CapWatts = problem is null ? 1200 : 100, DrainDelay = drain },
            },
            model: model ?? new FixedPerformanceModel(50, 10, 50_000, 700, 1200, 1200));
    }

    [Test]
    public async Task Q19_While_a_role_is_rolling_no_role_grows()
    {
        using var bench = Bench(2, 2);
        bench.Fleet.SetRolling(FleetRole.Decode, true);

        var held = (await bench.Start()).Commands;
        held = [.. held, .. (await bench.Ticks(3)).Commands];
        bench.Fleet.SetRolling(FleetRole.Decode, false);
        var released = (await bench.Tick()).Commands;

        using (Assert.EnterMultipleScope())
        {
            // What is in force is commanded once by a process that has just started; the counts wait for the end of the rollout.
            Assert.That(held.Select(command => (command.Kind, command.Role, command.Value)), Is.EqualTo(new[] { (CommandKind.SetCap, (FleetRole?)FleetRole.Prefill, 700), (CommandKind.SetCap, FleetRole.Decode, 1200) }));
            Assert.That(released.Select(command => (command.Kind, command.Role, command.Value)), Is.EqualTo(new[] { (CommandKind.SetReplicas, (FleetRole?)FleetRole.Decode, 2), (CommandKind.SetReplicas, FleetRole.Prefill, 3) }));
        }
    }

    [Test]
    public async Task Q21_While_a_role_is_rolling_fewer_replicas_pass()
    {
        using var bench = Bench(4, 2);
        bench.Fleet.SetRolling(FleetRole.Prefill, true);

        var commands = (await bench.Start()).Commands;

        Assert.That(commands.Where(command => command.Kind == CommandKind.SetReplicas).Select(command => (command.Role, command.Value)), Is.EqualTo(new[] { ((FleetRole?)FleetRole.Prefill, 3) }));
    }

    [Test]
    public async Task Replicas_that_a_rollout_has_too_many_are_left_to_it()
    {
        using var bench = Bench(3, 2);
        await bench.Start();
        bench.Fleet.ChangeReplicas(FleetRole.Prefill, 1);
        bench.Fleet.SetRolling(FleetRole.Prefill, true);

        var rolling = await bench.Tick();
        bench.Fleet.SetRolling(FleetRole.Prefill, false);
        var settled = await bench.Tick();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(rolling.Commands.Where(command => command.Role == FleetRole.Prefill), Is.Empty);
            Assert.That(rolling.LedgerWatts, Is.EqualTo((4 * 700) + (2 * 1200)));
            Assert.That(settled.Commands.Select(command => (command.Kind, command.Value)), Is.EqualTo(new[] { (CommandKind.SetReplicas, 3) }));
        }
    }

    [Test]
    [Property("Rule", "LIB-13.2-d")]
    public async Task Q24_A_role_below_its_minimum_grows_when_the_other_has_made_room()
    {
        var problem = ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = 1000 }, MinPrefillReplicas = 2, PrefillFallbackCapWatts = 100, DecodeFallbackCapWatts = 100 };
        using var bench = Bench(1, 9, problem, new FixedPerformanceModel(5, 10, 50_000, 100, 100, 100), drain: TimeSpan.FromSeconds(30));

        var first = (await bench.Start()).Commands;
        var second = await bench.Tick();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Where(command => command.Kind == CommandKind.SetReplicas).Select(command => (command.Role, command.Value)), Is.EqualTo(new[] { ((FleetRole?)FleetRole.Decode, 8) }));
            Assert.That(second.Commands.Select(command => (command.Role, command.Value)), Is.EqualTo(new[] { ((FleetRole?)FleetRole.Prefill, 2) }));
            Assert.That(second.PeakLedgerWatts, Is.LessThanOrEqualTo(1000));
        }
    }
}
