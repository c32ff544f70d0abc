using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Reference;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Tests.Testing;

/// <summary>
/// The reference policy on the compat fleet gives the traces that were computed from the reference's equations: of 200 ticks, without noise.
/// </summary>
internal sealed class ReferenceTraceTests
{
    [Test]
    public async Task The_base_trace_is_one_prefill_and_four_decode_replicas()
    {
        var run = await RunAsync();

        Assert.That(run.Plans().Distinct(), Is.EqualTo(new[] { (1, 4, 450, 360) }));
        Assert.That(run[0].Ttft, Is.EqualTo(187.23).Within(0.005));
        Assert.That(run[0].Itl, Is.EqualTo(8.024).Within(0.0005));
        Assert.That(run[0].Status.ProjectedWatts, Is.EqualTo(3330));
        Assert.That(run[0].Status.EstimatedTokensPerSecond, Is.EqualTo(661_500).Within(1e-6));
        Assert.That(Sweeps(run), Is.Empty);
    }

    [Test]
    public async Task A1_learns_the_demand_and_never_raises_the_cap()
    {
        var run = await RunAsync(new BiasStep(0, FleetSignal.PowerDecode, 1.35));

        Assert.That(run[0].Status.Corrections.PowerDecode, Is.EqualTo(1.105).Within(1e-12));
        Assert.That(run[5].Status.Corrections.PowerDecode, Is.EqualTo(1.3088).Within(5e-5));
        Assert.That(run[50].Status.Corrections.PowerDecode, Is.EqualTo(1.35).Within(1e-6));
        Assert.That(run[50].Watts, Is.EqualTo(4338).Within(1e-9));
        Assert.That(run[199].Status.DecodeCapWatts, Is.EqualTo(360));
        Assert.That(Sweeps(run), Is.Empty);
    }

    [Test]
    public async Task A2_never_lowers_a_cap_below_the_prediction()
    {
        var run = await RunAsync(new BiasStep(0, FleetSignal.PowerPrefill, 0.70));

        Assert.That(run[0].Status.Corrections.PowerPrefill, Is.EqualTo(0.91).Within(1e-12));
        Assert.That(run[100].Status.Corrections.PowerPrefill, Is.EqualTo(0.70).Within(1e-6));
        Assert.That(run[199].Status.PrefillCapWatts, Is.EqualTo(450));
    }

    [Test]
    public async Task A3_sweeps_every_seven_ticks_for_ever()
    {
        var run = await RunAsync(new BiasStep(0, FleetSignal.Ttft, 3), new BiasStep(0, FleetSignal.Itl, 1.3));

        Assert.That(run[0].Ttft, Is.EqualTo(561.7).Within(0.05));
        Assert.That(Sweeps(run), Is.EqualTo(Enumerable.Range(1, 28).Select(i => 7 * i)));
        Assert.That(run.Plans().Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task A4_follows_a_step()
    {
        var run = await RunAsync(new BiasStep(100, FleetSignal.PowerDecode, 1.35));

        Assert.That(run[99].Status.Corrections.PowerDecode, Is.EqualTo(1).Within(1e-12));
        Assert.That(
            new[] { 100, 102, 105, 107 }.Select(tick => run[tick].Status.Corrections.PowerDecode),
            Is.EqualTo(new[] { 1.105, 1.23, 1.3088, 1.3298 }).Within(1e-4));
    }

    [Test]
    public async Task A6_pegs_at_two()
    {
        var run = await RunAsync(new BiasStep(0, FleetSignal.PowerDecode, 3));

        Assert.That(run[0].Status.Corrections.PowerDecode, Is.EqualTo(1.6).Within(1e-12));
        Assert.That(run[1].Status.Corrections.PowerDecode, Is.EqualTo(2));
        Assert.That(run[1].Watts, Is.EqualTo(9090).Within(1e-9));
        Assert.That(run[199].Status.IsDisabled, Is.False);
    }

    [Test]
    public async Task B8_starts_the_small_card_with_seven_decode_replicas()
    {
        var run = await RunAsync(ReferenceBeds.H100Pcie, 20);

        Assert.That(run.Plans().Distinct(), Is.EqualTo(new[] { (1, 7, 280, 220) }));
        Assert.That(run[0].Ttft, Is.EqualTo(225.5).Within(0.05));
    }

    [Test]
    public async Task B10_learns_what_unenforced_caps_let_through()
    {
        var run = await RunAsync(new BiasStep(0, FleetSignal.PowerDecode, 1.5));

        Assert.That(run[1].Status.Corrections.PowerDecode, Is.EqualTo(1.255).Within(1e-12));
        Assert.That(run[10].Status.Corrections.PowerDecode, Is.EqualTo(1.49).Within(5e-3));
        Assert.That(run[10].Watts, Is.EqualTo(4770).Within(1e-9));
    }

    [Test]
    public async Task C12_never_restores_a_lost_replica_under_light_load()
    {
        var run = await RunAsync(ReferenceBeds.H200 with { Load = LoadProfile.Constant(500) }, 200, new NodeChange(50, 0, -1));

        Assert.That(run[49].Status.DecodeReplicas, Is.EqualTo(4));
        Assert.That((run[50].Status.DecodeReplicas, run[199].Status.DecodeReplicas, run[199].Status.ProjectedWatts), Is.EqualTo((3, 3, 2610L)));
    }

    [Test]
    public async Task C13_is_saturated_from_the_start()
    {
        var run = await RunAsync(ReferenceBeds.H200 with { Load = LoadProfile.Constant(700_000) }, 60, new NodeChange(30, 0, -1));

        Assert.That(run[0].Ttft, Is.EqualTo(1866.7).Within(0.05));
        Assert.That(run[0].Itl, Is.EqualTo(80).Within(1e-9));
        Assert.That((run[0].Status.Corrections.Ttft, run[0].Status.Corrections.Itl), Is.EqualTo((2.0, 2.0)));
        Assert.That(Sweeps(run).Take(5), Is.EqualTo(new[] { 7, 14, 21, 28, 35 }));
        Assert.That(Enumerable.Range(30, 6).Select(tick => run[tick].Status.DecodeReplicas), Is.EqualTo(new[] { 3, 3, 3, 3, 3, 4 }));
    }

    [Test]
    public async Task C14_comes_back_by_the_missed_target()
    {
        var run = await RunAsync(new NodeChange(20, 0, -4));

        Assert.That(Enumerable.Range(20, 3).Select(tick => run[tick].Status.DecodeReplicas), Is.EqualTo(new[] { 0, 0, 4 }));
        Assert.That(run[20].Ttft, Is.EqualTo(1866.7).Within(0.05));
        Assert.That(Sweeps(run), Is.EqualTo(new[] { 22 }));
    }

    [Test]
    public async Task C16_removes_foreign_replicas_at_once()
    {
        var run = await RunAsync(
            ReferenceBeds.H200,
            60,
            new NodeChange(5, 0, 2),
            new BiasStep(5, FleetSignal.PowerDecode, 0.7),
            new BiasStep(8, FleetSignal.PowerDecode, 1));

        Assert.That(run[5].Status.DecodeReplicas, Is.EqualTo(4));
        Assert.That(
            Enumerable.Range(5, 4).Select(tick => Math.Round(run[tick].Status.Corrections.PowerDecode, 4)),
            Is.EqualTo(new[] { 0.91, 0.847, 0.8029, 0.862 }));
    }

    [Test]
    public async Task D21_follows_a_fall()
    {
        var run = await RunAsync(ReferenceBeds.H200 with { DecodeCapWatts = 200 }, 200, new BiasStep(50, FleetSignal.PowerDecode, 0.55));

        Assert.That(
            Enumerable.Range(50, 4).Select(tick => Math.Round(run[tick].Status.Corrections.PowerDecode, 4)),
            Is.EqualTo(new[] { 0.865, 0.7705, 0.7043, 0.658 }));
        Assert.That(run[80].Status.Corrections.PowerDecode, Is.EqualTo(0.55).Within(1e-4));
        Assert.That(run[50].Status.DecodeCapWatts, Is.EqualTo(360));
    }

    [Test]
    public async Task E21_clamps_to_a_smaller_budget_without_a_sweep()
    {
        var run = await RunAsync(new BudgetChange(50, 2000));

        Assert.That((run[50].Status.PrefillReplicas, run[50].Status.DecodeReplicas, run[50].Status.ProjectedWatts), Is.EqualTo((1, 2, 1890L)));
        Assert.That(run[199].Status.EstimatedTokensPerSecond, Is.EqualTo(661_500).Within(1e-6));
        Assert.That(Sweeps(run), Is.Empty);
    }

    [Test]
    public async Task E22_sits_at_zero_and_sweeps_for_ever()
    {
        var run = await RunAsync(ReferenceBeds.H200 with { BudgetWatts = 100 }, 60);

        Assert.That(run.Plans().Select(plan => (plan.Item1, plan.Item2)).Distinct(), Is.EqualTo(new[] { (0, 0) }));
        Assert.That(Sweeps(run), Is.EqualTo(new[] { 7, 14, 21, 28, 35, 42, 49, 56 }));
    }

    [Test]
    public async Task E23_switches_itself_off_for_good()
    {
        var run = await RunAsync(new ModelFailure(0, 50, ModelFailureMode.HugeLatencies));

        Assert.That(run.Plans().Distinct(), Is.EqualTo(new[] { (1, 2, 500, 425) }));
        Assert.That((run[199].Status.IsDisabled, run[199].Status.Exceptions, run[199].Status.ProjectedWatts), Is.EqualTo((true, 1, 2200L)));
    }

    [Test]
    public async Task F26_sweeps_on_the_third_violation()
    {
        var run = await RunAsync(
            ReferenceBeds.H200 with { Interval = TimeSpan.FromSeconds(60) },
            60,
            new BiasStep(0, FleetSignal.Ttft, 2.5),
            new BiasStep(20, FleetSignal.Ttft, 3.5));

        Assert.That(run[19].Ttft, Is.EqualTo(468.08).Within(0.005));
        Assert.That(run[20].Ttft, Is.EqualTo(655.31).Within(0.005));
        Assert.That(Sweeps(run).Take(3), Is.EqualTo(new[] { 22, 25, 28 }));
    }

    private static IEnumerable<int> Sweeps(List<ReferenceTick> run) => Enumerable.Range(0, run.Count).Where(tick => run[tick].Status.Swept);

    private static Task<List<ReferenceTick>> RunAsync(params FleetEvent[] events) => RunAsync(ReferenceBeds.H200, 200, events);

    private static async Task<List<ReferenceTick>> RunAsync(ReferenceBed bed, int ticks, params FleetEvent[] events)
    {
        var time = new SimulatedTime();
        using var model = new FaultyPerformanceModel(bed.Model);
        var fleet = new SimulatedFleet(bed.Setup(events), time);
        var policy = new ReferencePolicy(bed.Reference(model), fleet, fleet, time);
        Dispatch(0);
        await policy.StartAsync();
        var run = new List<ReferenceTick>();
        for (var tick = 0; tick < ticks; tick++)
        {
            time.AdvanceTo(TimeSpan.FromSeconds(60 * tick));
            Dispatch(tick);
            fleet.Step(tick);
            run.Add(new ReferenceTick(await policy.TickAsync(), fleet.Truth.TtftMs, fleet.Truth.ItlMs, fleet.Truth.FleetWatts));
        }

        return run;

        void Dispatch(int tick)
        {
            foreach (var failure in events.OfType<ModelFailure>())
            {
                model.Fail(failure.HoldsAt(tick) ? failure.Mode : null);
            }

            foreach (var change in events.OfType<BudgetChange>().Where(change => change.AtTick == tick))
            {
                policy.UpdateBudget(change.Watts);
            }
        }
    }
}

internal static class ReferenceRun
{
    public static IEnumerable<(int, int, int, int)> Plans(this List<ReferenceTick> run) =>
        run.Select(tick => (tick.Status.PrefillReplicas, tick.Status.DecodeReplicas, tick.Status.PrefillCapWatts, tick.Status.DecodeCapWatts));
}

internal sealed record ReferenceTick(ReferenceStatus Status, double Ttft, double Itl, double Watts);

internal static class ReferenceBeds
{
    public static ReferenceBed H200 { get; } = new(
        new FixedPerformanceModel(120, 8, 200_000, 450, 360, 700), 700, 280, 63, 500, 50, 4000, 500, 425, 64, 2, 2, LoadProfile.Constant(2000), TimeSpan.FromSeconds(300));

    public static ReferenceBed H100Pcie { get; } = new(
        new FixedPerformanceModel(180, 12, 100_000, 280, 220, 350), 350, 140, 31, 600, 60, 2000, 300, 250, 32, 1, 1, LoadProfile.Constant(800), TimeSpan.FromSeconds(300));
}

internal sealed record ReferenceBed(
    FixedPerformanceModel Model,
    double NameplateWatts,
    double FloorWatts,
    int Concurrency,
    double TtftTargetMs,
    double ItlTargetMs,
    long BudgetWatts,
    int PrefillCapWatts,
    int DecodeCapWatts,
    int GpuBudget,
    int DecodeGpus,
    int DecodeReplicas,
    LoadProfile Load,
    TimeSpan Interval)
{
    public SimulatedFleetSetup Setup(FleetEvent[] events)
    {
        var ttft = Model.EstimatePrefill(new PrefillQuery(3000));
        var itl = Model.EstimateDecode(new DecodeQuery(Concurrency, 3076));
        return new SimulatedFleetSetup
        {
            Physics = FleetPhysics.Compat,
            Engines = new EngineConstants
            {
                TtftMs = ttft.LatencyMs,
                ItlMs = itl.LatencyMs,
                PrefillWatts = ttft.PowerWatts,
                DecodeWatts = itl.PowerWatts,
                NameplateWatts = NameplateWatts,
                DecodePowerFloorWatts = FloorWatts,
                PrefillRequestsPerSecond = 1000 / ttft.LatencyMs,
                DecodeRequestsPerSecond = Concurrency * 1000 / (itl.LatencyMs * 150),
            },
            Prefill = new InMemoryRole { Replicas = 1, CapWatts = PrefillCapWatts },
            Decode = new InMemoryRole { Replicas = DecodeReplicas, GpusPerReplica = DecodeGpus, CapWatts = DecodeCapWatts },
            Load = Load,
            Events = [.. events],
        };
    }

    public ReferenceSetup Reference(IPerformanceModel model) => new()
    {
        Problem = new PlanningProblem
        {
            Isl = 3000,
            Osl = 150,
            TtftTargetMs = TtftTargetMs,
            ItlTargetMs = ItlTargetMs,
            PrefillEngine = new PlanningEngine(model, new EngineLayout()),
            DecodeEngine = new PlanningEngine(model, new EngineLayout(DecodeGpus)),
            Limits = new PlanningLimits { BudgetWatts = BudgetWatts, GpuBudget = GpuBudget },
            PrefillFallbackCapWatts = PrefillCapWatts,
            DecodeFallbackCapWatts = DecodeCapWatts,
        },
        Options = new ControlOptions { ReoptimizeInterval = Interval },
        OptimizerPrefillGpus = 1,
        OptimizerDecodeGpus = 1,
        WritesCapsAtOnce = true,
    };
}
