using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Loop;

/// <summary>A side that draws all that its cap allows, and is slower than its model, gets a higher cap on trial.</summary>
internal sealed class ProbedCapTests
{
    [TestCase(5800, 325)]
    [TestCase(8000, 330)]
    public async Task A_cap_is_tried_a_tenth_higher_as_far_as_the_budget_leaves_room_for_each_gpu(long budget, int expected)
    {
        // 5600 W are planned, 400 and 300 W for 8 GPUs each.
        using var bench = new ControlBench(ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = budget, GpuBudget = 16 } });
        await bench.Start();

        await bench.Ticks(3, Slow(300));

        Assert.That(bench.Fleet.State.Decode!.EffectiveCapWatts, Is.EqualTo(expected));
    }

    [Test]
    public async Task A_draw_that_follows_its_cap_upward_is_believed_at_once_when_the_trial_ends()
    {
        using var bench = new ControlBench(ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = 8000, GpuBudget = 16 } });
        await bench.Start();
        await bench.Ticks(3, Slow(300));

        var ticks = 0;
        while (bench.Controller.Loop.State.Second.Probe.IsPending && ticks++ < 10)
        {
            await bench.Tick(Slow(330));
        }

        Assert.That((ticks > 0, bench.Controller.Loop.State.Second.Probe.IsPending), Is.EqualTo((true, false)));
        Assert.That(bench.Controller.Status.Corrections.PowerDecode, Is.EqualTo(1.1).Within(1e-9));
        Assert.That(bench.Fleet.State.Decode!.EffectiveCapWatts, Is.EqualTo(330));
    }

    [Test]
    public async Task A_trial_whose_cap_is_refused_ends()
    {
        using var bench = new ControlBench(ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = 8000, GpuBudget = 16 } });
        await bench.Start();
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Refuse, Target = FleetFaultTarget.Caps });

        var status = await bench.Ticks(3, Slow(300));

        Assert.That(status.Commands.Select(command => (command.Kind, command.Value, command.Succeeded)), Is.EqualTo(new[] { (CommandKind.SetCap, 330, false) }));
        Assert.That(bench.Controller.Loop.State.Second.Probe.IsPending, Is.False);
    }

    [TestCase(65.0, 10.0)]
    [TestCase(50.0, 13.0)]
    public async Task An_aggregated_engine_is_as_slow_as_the_slower_of_its_phases(double ttft, double itl)
    {
        var problem = ControlBench.Unit with
        {
            Mode = DeploymentMode.Aggregated,
            PrefillEngine = null,
            DecodeEngine = null,
            AggregatedEngine = new PlanningEngine(new FixedPerformanceModel(50, 10, 50_000), new EngineLayout(8)),
            Limits = new PlanningLimits { BudgetWatts = 200_000, GpuBudget = 32 },
        };
        using var bench = new ControlBench(problem, model: new FixedPerformanceModel(50, 10, 50_000, 400, 400, 700));
        await bench.Start();

        await bench.Ticks(3, ControlBench.Quiet with
        {
            TtftMs = ttft,
            ItlMs = itl,
            Prefill = null,
            Decode = null,
            Aggregated = new RoleObservation { ScheduledTokens = 7000, PowerWattsPerGpu = 400 },
        });

        Assert.That(bench.Fleet.State.Aggregated!.EffectiveCapWatts, Is.EqualTo(440));
    }

    private static Observation Slow(double watts) => ControlBench.Quiet with { ItlMs = 13, Decode = new RoleObservation { ScheduledTokens = 2000, PowerWattsPerGpu = watts } };
}
