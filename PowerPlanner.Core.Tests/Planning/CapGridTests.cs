using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Performance.PowerScaling;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Planning;

/// <summary>Which caps a grid has, which points may run under them, and where it has nothing to say: each in the smallest problem that shows it.</summary>
internal sealed class CapGridTests
{
    [Test]
    public void A_cap_whose_latency_meets_the_target_to_the_last_bits_is_taken()
    {
        // Steps take twice as long under 200 W, the only cap of the grid below their draw: 100 ms and 20 ms, half a billionth above the targets.
        var curve = new CapCurve([new CapCurvePoint(200, 2), new CapCurvePoint(300, 1), new CapCurvePoint(700, 1)]);
        var problem = OneOfEach(curve, stepWatts: 500) with { TtftTargetMs = 100 * (1 - 5e-10), ItlTargetMs = 20 * (1 - 5e-10) };

        Assert.That(Caps(problem), Is.EqualTo((200, 200)));
    }

    [Test]
    public void A_grid_starts_where_a_curve_was_measured_even_at_1_W() => Assert.That(Caps(OneOfEach(Flat(1))), Is.EqualTo((1, 1)));

    [Test]
    public void A_range_that_ends_below_every_measured_cap_is_answered_as_without_a_grid()
    {
        // 400 W and 300 W under 150 W, which no curve covers: in proportion to power.
        var limits = new PlanningLimits { PrefillCapLimits = new GpuPowerLimits(100, 150), DecodeCapLimits = new GpuPowerLimits(100, 150) };
        var plan = Problems.Feasible(OneOfEach(new CapCurve([new CapCurvePoint(200, 1.5), new CapCurvePoint(700, 1)])) with { Limits = limits });

        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts), Is.EqualTo((150, 150)));
        Assert.That((plan.TtftMs, plan.ItlMs), Is.EqualTo((50 * 400 / 150.0, 20.0)).Within(1e-9));
    }

    [Test]
    public void An_engine_of_which_one_phase_is_known_has_no_grid([Values] bool prefillIsKnown)
    {
        var scaling = new PowerScalingOptions { PrefillCurve = prefillIsKnown ? Flat(200) : null, DecodeCurve = prefillIsKnown ? null : Flat(200) };
        var problem = OneOfEach(Flat(200)).WithModel(new BareModel()).Aggregated() with { CapGrid = new CapGrid { Scaling = scaling } };

        Assert.That(Problems.Feasible(problem), Is.EqualTo(Problems.Feasible(problem with { CapGrid = null })));
    }

    [Test]
    public void A_batch_of_unknown_power_keeps_its_cap_beside_one_that_has_a_grid()
    {
        // One sequence serves 0.5 requests/s a replica, two serve 1, at the nameplate: caps of the grid begin above it.
        var model = new GridModel(new GridStep(50, 400, 1), [new GridStep(10, 300, 1), new GridStep(10, null, 1)], 700, 2 * 1200);
        var problem = OneOfEach(null).WithModel(model) with { TargetRequestsPerSecond = 0.6 };

        var plan = Problems.Feasible(problem);

        Assert.That((plan.DecodeBatch, plan.DecodeCapWatts, plan.DecodeCapProvenance), Is.EqualTo((2, 700, (Provenance?)null)));
    }

    [TestCase(2, 0.9)]
    [TestCase(4, 1.9)]
    public void Batches_without_data_leave_the_caps_of_the_others_alone(int memoryBound, double demand)
    {
        // Of the batches one is memory-bound: only its own balance lets it run under the lowest cap within 10.5 ms.
        var full = new GridModel(new GridStep(50, 400, 1), [.. Enumerable.Range(1, 4).Select(batch => new GridStep(10, 600, batch == memoryBound ? 1e-9 : 100))], 700, 4 * 1200);
        var problem = OneOfEach(null) with { TargetRequestsPerSecond = demand, ItlTargetMs = 10.5 };

        var whole = Problems.Feasible(problem.WithModel(full));
        var gaps = Problems.Feasible(problem.WithModel(new ModelWithGaps(full, missing: [1, 3])));

        Assert.That((whole.DecodeBatch, whole.DecodeCapProvenance), Is.EqualTo((memoryBound, (Provenance?)Provenance.Modelled)));
        Assert.That(gaps, Is.EqualTo(whole));
    }

    [Test]
    public void A_composition_of_both_phases_is_as_fast_under_a_cap_that_costs_nothing()
    {
        var problem = OneOfEach(Flat(200)).WithModel(new ComposingModel()).Aggregated();

        var plan = Problems.Feasible(problem);

        Assert.That((plan.DecodeCapWatts, plan.TtftMs, plan.ItlMs, plan.RequestsPerSecondPerDecodeReplica), Is.EqualTo((200, 60.0, 12.0, 3.0)));
    }

    private static (int Prefill, int Decode) Caps(PlanningProblem problem)
    {
        var plan = Problems.Feasible(problem);
        return (plan.PrefillCapWatts, plan.DecodeCapWatts);
    }

    private static CapCurve Flat(int lowestWatts) => new([new CapCurvePoint(lowestWatts, 1), new CapCurvePoint(700, 1)]);

    // The fewest watts for next to no demand: the lowest caps that the targets allow. 50 ms at 400 W and 10 ms at 300 W.
    private static PlanningProblem OneOfEach(CapCurve? curve, int stepWatts = 100) =>
        Problems.Unit().WithModel(new GridModel(new GridStep(50, 400, 1), [new GridStep(10, 300, 1)], 700, 1200)) with
        {
            Batches = BatchPolicy.All,
            Objective = PlanningObjective.LeastPower,
            TargetRequestsPerSecond = 0.01,
            Limits = default,
            MaxReplicas = 1,
            CapGrid = new CapGrid { StepWatts = stepWatts, Scaling = new PowerScalingOptions { PrefillCurve = curve, DecodeCurve = curve } },
        };

    /// <summary>Knows nothing of caps.</summary>
    private sealed class BareModel : IPerformanceModel
    {
        private readonly FixedPerformanceModel _model = new(50, 10, 50_000, 400, 300);

        public double? NameplateWatts => 700;

        public long KvCapacityTokens => _model.KvCapacityTokens;

        public StepEstimate EstimatePrefill(PrefillQuery query) => _model.EstimatePrefill(query);

        public StepEstimate EstimateDecode(DecodeQuery query) => _model.EstimateDecode(query);
    }

    /// <summary>Knows nothing of caps, but what both phases together take.</summary>
    private sealed class ComposingModel : IAggregatedPerformanceModel
    {
        private readonly FixedPerformanceModel _model = new(50, 10, 1200, 400, 300);

        public double? NameplateWatts => 700;

        public long KvCapacityTokens => _model.KvCapacityTokens;

        public StepEstimate EstimatePrefill(PrefillQuery query) => _model.EstimatePrefill(query);

        public StepEstimate EstimateDecode(DecodeQuery query) => _model.EstimateDecode(query);

        public AggregatedEstimate EstimateAggregated(AggregatedQuery query) => new(60, 12, 3);
    }

    private sealed class ModelWithGaps(GridModel model, int[] missing) : ICapAwarePerformanceModel
    {
        public double? NameplateWatts => model.NameplateWatts;

        public long KvCapacityTokens => model.KvCapacityTokens;

        public StepEstimate EstimatePrefill(PrefillQuery query) => model.EstimatePrefill(query);

        public StepEstimate EstimateDecode(DecodeQuery query) => missing.Contains(query.Batch) ? throw new NoPerformanceDataException($"no batch {query.Batch}") : model.EstimateDecode(query);

        public StepBalance BalancePrefill(PrefillQuery query) => model.BalancePrefill(query);

        public StepBalance BalanceDecode(DecodeQuery query) => missing.Contains(query.Batch) ? throw new NoPerformanceDataException($"no batch {query.Batch}") : model.BalanceDecode(query);
    }
}
