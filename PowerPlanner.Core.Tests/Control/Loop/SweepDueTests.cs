using PowerPlanner.Control;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Loop;

/// <summary>When a tick sweeps, and what a role is charged before anything is known of it.</summary>
internal sealed class SweepDueTests
{
    private static readonly Observation Quiet = new()
    {
        Duration = TimeSpan.FromSeconds(60),
        Requests = 10,
        TtftMs = 50,
        ItlMs = 10,
        TokensPerSecond = 100,
        Prefill = new RoleObservation { ScheduledTokens = 5000, PowerWattsPerGpu = 350 },
        Decode = new RoleObservation { ScheduledTokens = 2000, PowerWattsPerGpu = 260 },
    };

    private static readonly ControlOptions Eager = new() { ReoptimizeInterval = TimeSpan.Zero, DriftConsecutiveTicks = 1 };

    [Test]
    [Property("Rule", "LIB-13.2-h")]
    public async Task Misses_while_a_transition_lasts_trigger_nothing_until_it_is_overdue()
    {
        // Twenty quiet minutes first: what counts is how long the transition lasts and not what time it is.
        using var bench = Growing(TimeSpan.FromHours(1));
        await bench.Start();
        await bench.Ticks(20, Quiet);
        bench.Controller.UpdateBudget(10_000);
        Assert.That((await bench.Tick(Quiet)).State, Is.EqualTo(ControllerState.Converging));

        var swept = new List<bool>();
        for (var i = 0; i < 11; i++)
        {
            swept.Add((await bench.Tick(Quiet with { TtftMs = 500 })).Swept);
        }

        // 600 s are ten ticks.
        Assert.That(swept, Is.EqualTo(Enumerable.Repeat(false, 10).Append(true)));
    }

    [Test]
    [Property("Rule", "LIB-13.2-h")]
    public async Task A_miss_after_a_transition_triggers_at_once()
    {
        using var bench = Growing(TimeSpan.FromSeconds(90));
        await bench.Start();
        bench.Controller.UpdateBudget(10_000);
        await bench.Ticks(3, Quiet);

        Assert.That((await bench.Tick(Quiet with { TtftMs = 500 })).Swept);
    }

    [Test]
    [Property("Rule", "LIB-16-e")]
    public async Task A_disabled_optimizer_tries_again_after_its_time_and_not_before()
    {
        using var bench = new ControlBench(options: new ControlOptions { MaxConsecutiveFailures = 1 });
        await bench.Start();
        await bench.Ticks(20, Quiet);
        bench.Model.Failure = () => new InvalidOperationException("gone");
        await bench.Controller.ReplanAsync();

        var swept = new List<bool>();
        for (var i = 0; i < 16; i++)
        {
            swept.Add((await bench.Tick(Quiet)).Swept);
        }

        // 900 s are fifteen ticks; a probe that fails waits as long again.
        Assert.That(swept, Is.EqualTo(Enumerable.Range(1, 16).Select(tick => tick == 15)));
    }

    [Test]
    [Property("Rule", "LIB-16-c")]
    public async Task A_probe_that_succeeds_turns_the_optimizer_on()
    {
        using var bench = new ControlBench(options: new ControlOptions { MaxConsecutiveFailures = 1 });
        await bench.Start();
        bench.Model.Failure = () => new InvalidOperationException("gone");
        await bench.Controller.ReplanAsync();
        bench.Model.Failure = null;

        var before = await bench.Ticks(14, Quiet);
        var after = await bench.Tick(Quiet);

        Assert.That((before.State, before.IsDisabled, after.IsDisabled, after.ConsecutiveFailures), Is.EqualTo((ControllerState.Degraded, true, false, 0)));
    }

    [Test]
    public async Task A_range_of_caps_that_has_changed_sweeps_at_once_and_makes_void_what_was_tried_before()
    {
        using var bench = new ControlBench(fleet: ControlBench.FleetOf(ControlBench.Unit, limits: new GpuPowerLimits(200, 700)));
        await bench.Start();
        var revision = bench.Controller.Loop.State.Course.Revision;

        bench.Fleet.ChangeCapLimits(FleetRole.Decode, new GpuPowerLimits(250, 700));
        var status = await bench.Tick(Quiet);

        Assert.That((status.Swept, bench.Controller.Loop.State.Course.Revision > revision), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task A_failed_sweep_is_due_again_although_its_cause_has_gone()
    {
        using var bench = new ControlBench();
        await bench.Start();
        bench.Model.Failure = () => new InvalidOperationException("gone");
        await bench.Controller.ReplanAsync();
        bench.Model.Failure = null;

        var first = await bench.Tick(Quiet);

        Assert.That((first.Swept, first.ConsecutiveFailures), Is.EqualTo((true, 0)));
    }

    [Test]
    public void A_cap_that_nobody_knows_is_charged_at_the_roles_own_fallback()
    {
        var problem = ControlBench.Unit with { PrefillFallbackCapWatts = 500, DecodeFallbackCapWatts = 425, NonGpuWattsPerGpu = 10, MinPrefillReplicas = 2, MinDecodeReplicas = 3 };
        using var bench = new ControlBench(problem);

        var fleet = bench.Controller.Loop.State.Fleet;

        Assert.That(new[] { Unknown(fleet.First), Unknown(fleet.Second) }, Is.EqualTo(new[] { (500, 10, 2, 8), (425, 10, 3, 8) }));
    }

    [TestCase(450.0, 500, 450)]
    [TestCase(500.0, 500, 500)]
    [TestCase(699.1, 700, 700)]
    public void A_known_nameplate_above_the_fallback_is_charged_instead(double nameplate, int prefill, int decode)
    {
        using var bench = new ControlBench(ControlBench.Unit with { PrefillFallbackCapWatts = 500, DecodeFallbackCapWatts = 425, NameplateWatts = nameplate });

        var fleet = bench.Controller.Loop.State.Fleet;
        Assert.That(new[] { fleet.First.EffectiveCapWatts, fleet.Second.EffectiveCapWatts }, Is.EqualTo(new[] { prefill, decode }));
    }

    [Test]
    public void Each_role_has_its_own_range_of_caps()
    {
        var limits = new PlanningLimits { BudgetWatts = 8000, PrefillCapLimits = new GpuPowerLimits(100, 600), DecodeCapLimits = new GpuPowerLimits(200, 500) };
        using var bench = new ControlBench(ControlBench.Unit with { Limits = limits });

        var fleet = bench.Controller.Loop.State.Fleet;
        Assert.That(new[] { fleet.First.EffectiveCapWatts, fleet.Second.EffectiveCapWatts }, Is.EqualTo(new[] { 600, 500 }));
    }

    [Test]
    public void An_aggregated_role_has_the_decode_sides_fallback_range_and_minimum()
    {
        var problem = ControlBench.Unit with
        {
            Mode = DeploymentMode.Aggregated,
            PrefillEngine = null,
            DecodeEngine = null,
            AggregatedEngine = new PlanningEngine(new FixedPerformanceModel(50, 10, 50_000), new EngineLayout(4)),
            PrefillFallbackCapWatts = 500,
            DecodeFallbackCapWatts = 425,
            MinDecodeReplicas = 3,
        };
        using var bench = new ControlBench(problem);

        Assert.That((bench.Controller.Loop.State.Fleet.Count, Unknown(bench.Controller.Loop.State.Fleet.First)), Is.EqualTo((1, (425, 0, 3, 4))));
    }

    private static (int Cap, int NonGpu, int Least, int Gpus) Unknown(RoleLedger role) => (role.EffectiveCapWatts, role.NonGpuWattsPerGpu, role.LeastReplicas, role.GpusPerReplica);

    private static ControlBench Growing(TimeSpan startDelay) => new(options: Eager, fleet: new InMemoryFleetSetup
    {
        Prefill = new InMemoryRole { GpusPerReplica = 8, Replicas = 1, CapWatts = 400, StartDelay = startDelay },
        Decode = new InMemoryRole { GpusPerReplica = 8, Replicas = 1, CapWatts = 300, StartDelay = startDelay },
    });
}
