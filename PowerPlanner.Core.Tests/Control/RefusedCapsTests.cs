using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control;

/// <summary>Cap writes are refused for a long time while a fleet is to grow or to draw less: what runs then, and what once they are not refused any more.</summary>
internal sealed class RefusedCapsTests
{
    private const int InForceWatts = 400;
    private const int PlannedWatts = 200;

    private static ControlBench Bench(long budget)
    {
        var engine = new PlanningEngine(new FixedPerformanceModel(50, 10, 50_000), new EngineLayout());
        var bench = new ControlBench(
            ControlBench.Unit with { PrefillEngine = engine, DecodeEngine = engine, Limits = new PlanningLimits { BudgetWatts = budget } },
            fleet: new InMemoryFleetSetup { Prefill = new InMemoryRole { CapWatts = InForceWatts }, Decode = new InMemoryRole { CapWatts = InForceWatts } },
            model: new FixedPerformanceModel(50, 10, 50_000, PlannedWatts, PlannedWatts, 700));
        Refuse(bench);
        return bench;
    }

    [Test]
    public async Task Roles_share_what_fits_under_the_caps_in_force_as_the_plan_does()
    {
        // (4,4) at the planned caps; at those in force four replicas fit.
        using var bench = Bench(budget: 1600);

        await bench.Start();
        await bench.Ticks(30);

        Assert.That(Running(bench), Is.EqualTo((2, 2)));
        Assert.That(bench.Fleet.PeakWatts, Is.EqualTo(1600));

        bench.Fleet.ClearFaults();
        await bench.Tick();

        Assert.That(Running(bench), Is.EqualTo((4, 4)));
        Assert.That(bench.Fleet.PeakWatts, Is.EqualTo(1600));
    }

    [Test]
    public async Task A_plan_that_fits_in_part_leaves_each_role_its_minimum()
    {
        using var bench = Bench(budget: 800);

        await bench.Start();
        await bench.Ticks(30);

        Assert.That(Running(bench), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task Where_the_minima_do_not_fit_either_one_role_waits_for_the_other()
    {
        // A replica of each takes 800 W under the caps in force. One role comes all the same: a cap may be confirmed by replicas only.
        using var bench = Bench(budget: 599);

        await bench.Start();
        await bench.Ticks(30);
        Assert.That(Running(bench), Is.EqualTo((1, 0)));

        bench.Fleet.ClearFaults();
        await bench.Ticks(2);
        Assert.That((Running(bench), bench.Fleet.PeakWatts), Is.EqualTo(((1, 1), 400L)));
    }

    [Test]
    [Property("Rule", "LIB-12.5-c")]
    public async Task A_cut_of_the_budget_that_caps_cannot_follow_is_followed_by_replicas_on_the_same_tick()
    {
        using var bench = await Full();
        Refuse(bench);

        var status = await Cut(bench, 1600);

        Assert.That((Running(bench), bench.Fleet.ChargedWatts, status.IsOverBudget), Is.EqualTo(((2, 2), 1600L, false)));
        await bench.Ticks(20);
        Assert.That(Running(bench), Is.EqualTo((2, 2)), "and stays so");

        bench.Fleet.ClearFaults();
        await bench.Tick();
        Assert.That((Running(bench), bench.Fleet.ChargedWatts), Is.EqualTo(((4, 4), 1600L)), "until caps can be lowered");
    }

    [Test]
    public async Task A_cut_below_the_minima_under_the_caps_in_force_ends_what_runs()
    {
        using var bench = await Full();
        Refuse(bench);

        var status = await Cut(bench, 400);

        // One replica of 400 W would fit and serve nothing: both roles go. Another tick may bring one back, see above.
        Assert.That((Running(bench), status.IsOverBudget), Is.EqualTo(((0, 0), false)));
    }

    [TestCase(OverBudgetPolicy.Hold)]
    [TestCase(OverBudgetPolicy.TightenCaps)]
    public async Task Other_policies_keep_replicas_above_the_budget_and_say_so(OverBudgetPolicy policy)
    {
        using var bench = await Full(policy);
        Refuse(bench);

        var status = await Cut(bench, 1600);

        Assert.That((Running(bench), status.IsOverBudget), Is.EqualTo(((4, 4), true)));
    }

    [Test]
    public async Task A_lowering_without_an_answer_costs_replicas_when_it_fails_a_second_time()
    {
        using var bench = await Full();
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Caps });

        await Cut(bench, 1600);
        Assert.That(Running(bench), Is.EqualTo((4, 4)), "once may be an accident");

        await bench.Tick();
        Assert.That((Running(bench), bench.Fleet.ChargedWatts), Is.EqualTo(((2, 2), 1600L)));
    }

    [Test]
    public async Task A_lowering_that_was_accepted_and_does_not_come_costs_replicas_after_the_convergence_timeout()
    {
        using var bench = await Full();
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Target = FleetFaultTarget.Caps, Delay = TimeSpan.FromDays(1) });

        await Cut(bench, 1600);
        await bench.Ticks(10);
        Assert.That(Running(bench), Is.EqualTo((4, 4)), "600 s are the timeout, and not over yet");

        await bench.Tick();
        Assert.That((Running(bench), bench.Fleet.ChargedWatts), Is.EqualTo(((2, 2), 1600L)));
    }

    [Test]
    public async Task Aggregated_engines_go_too()
    {
        var engine = new PlanningEngine(new FixedPerformanceModel(50, 10, 50_000), new EngineLayout());
        using var bench = new ControlBench(
            ControlBench.Unit with { Mode = DeploymentMode.Aggregated, PrefillEngine = null, DecodeEngine = null, AggregatedEngine = engine, Limits = new PlanningLimits { BudgetWatts = 3200 } },
            fleet: new InMemoryFleetSetup { Aggregated = new InMemoryRole { CapWatts = InForceWatts } },
            model: new FixedPerformanceModel(50, 10, 50_000, InForceWatts, InForceWatts, 700));
        await bench.Start();
        Refuse(bench);

        await Cut(bench, 1700);

        Assert.That(bench.Fleet.State.Aggregated!.Ready, Is.EqualTo(4));
    }

    /// <summary>(4,4) at 400 W each, 3200 W in all.</summary>
    private static async Task<ControlBench> Full(OverBudgetPolicy policy = OverBudgetPolicy.ScaleDown)
    {
        var engine = new PlanningEngine(new FixedPerformanceModel(50, 10, 50_000), new EngineLayout());
        var bench = new ControlBench(
            ControlBench.Unit with { PrefillEngine = engine, DecodeEngine = engine, Limits = new PlanningLimits { BudgetWatts = 3200 } },
            new ControlOptions { OverBudgetPolicy = policy },
            model: new FixedPerformanceModel(50, 10, 50_000, InForceWatts, InForceWatts, 700));
        await bench.Start();
        Assert.That((Running(bench), bench.Fleet.ChargedWatts), Is.EqualTo(((4, 4), 3200L)));
        return bench;
    }

    /// <summary>Another budget, and a model that says that the same replicas do with half the power.</summary>
    private static async Task<ControllerStatus> Cut(ControlBench bench, long budget)
    {
        bench.Model.Inner = new FixedPerformanceModel(50, 10, 50_000, PlannedWatts, PlannedWatts, 700);
        bench.Controller.UpdateBudget(budget);
        return await bench.Tick();
    }

    private static void Refuse(ControlBench bench) => bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Refuse, Target = FleetFaultTarget.Caps });

    private static (int Prefill, int Decode) Running(ControlBench bench) => (bench.Fleet.State.Prefill!.Ready, bench.Fleet.State.Decode!.Ready);
}
