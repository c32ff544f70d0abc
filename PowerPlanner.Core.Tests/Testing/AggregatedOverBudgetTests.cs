using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Tests.Testing;

/// <summary>Stress scenario X10: the budget holds in aggregated mode too. (Single roles exist in the clamps only; see their tests.)</summary>
internal sealed class AggregatedOverBudgetTests
{
    [Test]
    [Property("Rule", "LIB-12.5-d")]
    [Property("Defect", "D-33")]
    public async Task Engines_above_a_budget_that_falls_go_at_the_next_tick()
    {
        var time = new SimulatedTime();
        var fleet = new InMemoryFleet(new InMemoryFleetSetup { Aggregated = new InMemoryRole { GpusPerReplica = 2, Replicas = 1, CapWatts = 490 } }, time);
        using var controller = new PowerPlannerController(Problem(budgetWatts: 4000), new ControlOptions(), fleet, fleet, new ControllerServices { TimeProvider = time });
        await controller.StartAsync();
        var before = fleet.State.Aggregated!.Ready;

        controller.UpdateBudget(2000);
        time.Advance(TimeSpan.FromSeconds(60));
        fleet.ResetPeak();
        await controller.TickAsync();

        // An engine of 2 GPUs at 450 W takes 900 W.
        Assert.That((before, fleet.State.Aggregated!.Ready), Is.EqualTo((4, 2)));
        Assert.That(fleet.ChargedWatts, Is.EqualTo(1800));
        Assert.That(fleet.PeakWatts, Is.EqualTo(3600));
    }

    [Test]
    [Property("Defect", "D-33")]
    public async Task Foreign_engines_above_the_budget_are_removed()
    {
        var time = new SimulatedTime();
        var fleet = new InMemoryFleet(new InMemoryFleetSetup { Aggregated = new InMemoryRole { GpusPerReplica = 2, Replicas = 1, CapWatts = 490 } }, time);
        using var controller = new PowerPlannerController(Problem(budgetWatts: 4000), new ControlOptions(), fleet, fleet, new ControllerServices { TimeProvider = time });
        await controller.StartAsync();

        fleet.ChangeReplicas(FleetRole.Aggregated, 3);
        time.Advance(TimeSpan.FromSeconds(60));
        await controller.TickAsync();

        Assert.That(fleet.State.Aggregated!.Ready, Is.EqualTo(4));
    }

    private static PlanningProblem Problem(long budgetWatts) => new()
    {
        Mode = DeploymentMode.Aggregated,
        Isl = 3000,
        Osl = 150,
        AggregatedEngine = new PlanningEngine(new FixedPerformanceModel(120, 8, 200_000, 450, 360, 700), new EngineLayout(2)),
        Limits = new PlanningLimits { BudgetWatts = budgetWatts },
    };
}
