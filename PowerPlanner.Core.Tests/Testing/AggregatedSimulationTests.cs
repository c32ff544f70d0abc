using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Reference;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Tests.Testing;

/// <summary>Engines that run both phases: their constants, and the reference planner on them.</summary>
internal sealed class AggregatedSimulationTests
{
    private static readonly PlanningProblem Problem = new()
    {
        Mode = DeploymentMode.Aggregated,
        Isl = 1024,
        Osl = 200,
        TtftTargetMs = 200,
        ItlTargetMs = 50,
        AggregatedEngine = new PlanningEngine(new FixedPerformanceModel(50, 10, 50_000, 603, 558, 700), new EngineLayout(8)),
        Limits = new PlanningLimits { BudgetWatts = 40_000, GpuBudget = 64 },
        DecodeUtilization = 1,
    };

    [Test]
    public void Engines_serve_what_a_plan_says_that_they_serve()
    {
        var plan = Planner.Plan(Problem).Plan!;

        var engines = EngineConstants.Of(Problem, 1024, 200, plan.DecodeBatch);

        Assert.That(engines.DecodeRequestsPerSecond, Is.EqualTo(plan.RequestsPerSecondPerDecodeReplica).Within(1e-9));
        Assert.That(engines.PrefillTimeShare, Is.EqualTo(50 / 2040.0).Within(1e-12));
        Assert.That((engines.PrefillWatts, engines.DecodeWatts, engines.NameplateWatts), Is.EqualTo((603, 558, 700)));
    }

    [Test]
    public async Task The_reference_caps_at_the_mean_of_the_phases_and_pays_for_a_role_that_nobody_runs()
    {
        var (fleet, policy) = Reference(Problem);

        await policy.StartAsync();

        // 8 · 581 W a replica: 8 would fit, one of them is a prefill replica that does not exist.
        Assert.That((fleet.State.Aggregated!.Ready, fleet.State.Aggregated!.EffectiveCapWatts), Is.EqualTo((7, 581)));
    }

    [Test]
    public async Task The_reference_learns_an_engines_power_under_its_own_coefficient()
    {
        var (fleet, policy) = Reference(Problem);
        await policy.StartAsync();
        fleet.SetObservation(new Observation { Aggregated = new RoleObservation { ScheduledTokens = 5000, PowerWattsPerGpu = 0.8 * 580.5 } });

        await policy.TickAsync();

        Assert.That((policy.Status.Corrections.PowerAggregated, policy.Status.Corrections.PowerPrefill, policy.Status.Corrections.PowerDecode), Is.EqualTo((0.94, 1, 1)).Within(1e-12));
    }

    [Test]
    public async Task The_reference_keeps_its_ceiling_of_GPUs_for_engines_too()
    {
        var (fleet, policy) = Reference(Problem with { Limits = new PlanningLimits { GpuBudget = 20 } });
        fleet.ChangeReplicas(FleetRole.Aggregated, 5);

        await policy.StartAsync();

        Assert.That(fleet.State.Aggregated!.Ready, Is.EqualTo(2));
    }

    private static (InMemoryFleet Fleet, ReferencePolicy Policy) Reference(PlanningProblem problem)
    {
        var time = new SimulatedTime();
        var fleet = new InMemoryFleet(new InMemoryFleetSetup { Aggregated = new InMemoryRole { GpusPerReplica = 8, CapWatts = 700 } }, time);
        return (fleet, new ReferencePolicy(new ReferenceSetup { Problem = problem }, fleet, fleet, time));
    }
}
