using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Planning;

/// <summary>From a model's answers to operating points, and what becomes of a model that does not answer.</summary>
internal sealed class ModelSweepTests
{
    [Test]
    public void Decode_is_asked_at_the_mean_context_and_every_batch_that_the_cache_holds()
    {
        var model = new FakeModel();

        var plan = Problems.Feasible(Problems.Unit().WithModel(model) with { Batches = BatchPolicy.All, Isl = 1000, Osl = 201 });

        Assert.That(model.SweepContexts, Is.EqualTo(new[] { 1101L }));
        Assert.That(model.SweepBatches, Is.EqualTo(new[] { 41 }));
        Assert.That(plan.DecodeBatch, Is.LessThanOrEqualTo(41));
    }

    [TestCase(BatchPolicy.All, 16), TestCase(BatchPolicy.Largest, 16)]
    public void The_engines_own_batch_limit_holds(BatchPolicy batches, int maxBatch)
    {
        var plan = Problems.Feasible(Problems.Unit() with { Batches = batches, MaxBatch = maxBatch });

        Assert.That(plan.DecodeBatch, Is.EqualTo(maxBatch));
    }

    [Test]
    public void Batches_without_data_drop_out()
    {
        var plan = Problems.Feasible(Problems.Unit().WithModel(new FakeModel { Decode = query => query.Batch == 7 ? Step(10, 300) : throw new NoPerformanceDataException($"no batch {query.Batch}") }) with { Batches = BatchPolicy.All });

        Assert.That(plan.DecodeBatch, Is.EqualTo(7));
    }

    [Test]
    public void A_model_without_data_at_any_batch_fails_in_its_own_words()
    {
        var result = Planner.Plan(Problems.Unit().WithModel(new FakeModel { Decode = query => throw new NoPerformanceDataException($"no batch {query.Batch}") }) with { Batches = BatchPolicy.All });

        Assert.That(result.Reason, Is.EqualTo(InfeasibleReason.ModelFailed));
        Assert.That(result.Detail, Does.Contain("no batch 1"));
    }

    [TestCase(double.NaN), TestCase(0), TestCase(-1), TestCase(double.PositiveInfinity)]
    public void A_latency_that_no_step_has_fails_the_model(double latencyMs)
    {
        var prefill = Planner.Plan(Problems.Unit().WithModel(new FakeModel { Prefill = _ => Step(latencyMs, 400) }));
        var decode = Planner.Plan(Problems.Unit().WithModel(new FakeModel { Decode = _ => Step(latencyMs, 400) }));

        Assert.That((prefill.Reason, decode.Reason), Is.EqualTo((InfeasibleReason.ModelFailed, InfeasibleReason.ModelFailed)));
        Assert.That(prefill.Detail, Does.Contain("prefill").And.Contain("greater than 0"));
        Assert.That(decode.Detail, Does.Contain("decode").And.Contain("batch 41"));
    }

    [TestCase(double.NaN), TestCase(-5), TestCase(double.PositiveInfinity), TestCase(1e12)]
    public void A_draw_that_no_board_has_fails_the_model(double watts)
    {
        var result = Planner.Plan(Problems.Unit().WithModel(new FakeModel { NameplateWatts = null, Prefill = _ => Step(50, watts) }) with { NameplateWatts = null });

        Assert.That(result.Reason, Is.EqualTo(InfeasibleReason.ModelFailed));
        Assert.That(result.Detail, Does.Contain("draw"));
    }

    [TestCase(double.NaN), TestCase(0), TestCase(-700)]
    public void A_nameplate_that_no_board_has_fails_the_model(double watts)
    {
        var result = Planner.Plan(Problems.Unit().WithModel(new FakeModel { NameplateWatts = watts }) with { NameplateWatts = null });

        Assert.That(result.Reason, Is.EqualTo(InfeasibleReason.ModelFailed));
        Assert.That(result.Detail, Does.Contain("nameplate"));
    }

    [Test]
    public void Whatever_a_model_throws_becomes_a_reason()
    {
        var result = Planner.Plan(Problems.Unit().WithModel(new FakeModel { Prefill = _ => throw new InvalidOperationException("table burnt") }));

        Assert.That(result.Reason, Is.EqualTo(InfeasibleReason.ModelFailed));
        Assert.That(result.Detail, Does.Contain("InvalidOperationException").And.Contain("table burnt"));
        Assert.That(result.Plan, Is.Null);
    }

    [Test]
    public void Cancellation_passes_through()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.Throws<OperationCanceledException>(() => Planner.Plan(Problems.Unit(), cancelled.Token));
        Assert.Throws<OperationCanceledException>(() => Planner.Plan(Problems.Unit().WithModel(new FakeModel { Prefill = _ => throw new OperationCanceledException() })));
    }

    [Test]
    public void A_failed_model_comes_before_a_full_cache()
    {
        var result = Planner.Plan(Problems.Unit().WithModel(new FakeModel { KvCapacityTokens = 0, Prefill = _ => throw new InvalidOperationException("x") }));

        Assert.That(result.Reason, Is.EqualTo(InfeasibleReason.ModelFailed));
    }

    [Test]
    public void A_cache_too_large_to_search_asks_for_a_batch_limit()
    {
        var result = Planner.Plan(Problems.Unit(kvTokens: long.MaxValue) with { Batches = BatchPolicy.All });

        Assert.That(result.Reason, Is.EqualTo(InfeasibleReason.ModelFailed));
        Assert.That(result.Detail, Does.Contain("MaxBatch"));
    }

    [Test]
    public void One_batch_more_than_are_searched_asks_for_a_batch_limit()
    {
        var problem = Problems.Unit(kvTokens: 1_048_577L * 1200) with { Batches = BatchPolicy.All };

        Assert.That(Planner.Plan(problem).Detail, Does.Contain("1048577 sequences").And.Contain("at most 1048576"));
    }

    [Test]
    [Property("Rule", "LIB-6.1-a")]
    [Property("Defect", "D-08")]
    public void Power_below_the_coverage_is_charged_at_the_nameplate_on_that_side_alone()
    {
        var plan = Problems.Feasible(Problems.Unit().WithModel(new FakeModel { Decode = _ => new StepEstimate(10, 300, 0.49, Provenance.Measured) }) with { Limits = default, MaxReplicas = 1 });

        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts), Is.EqualTo((400, 700)));
        Assert.That(plan.DecodePower, Is.EqualTo(new SidePower(700, null, true, PowerSource.Nameplate)));
    }

    [Test]
    [Property("Rule", "LIB-6.4-b")]
    [Property("Defect", "D-12")]
    public void A_range_that_cuts_a_cap_by_more_than_two_percent_slows_the_step_down()
    {
        var limits = new PlanningLimits { PrefillCapLimits = new GpuPowerLimits(100, 320), DecodeCapLimits = new GpuPowerLimits(100, 295) };

        var plan = Problems.Feasible(Problems.Unit() with { Limits = limits, MaxReplicas = 1 });

        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts), Is.EqualTo((320, 295)));
        Assert.That(plan.TtftMs, Is.EqualTo(50 * 400 / 320.0).Within(1e-12));
        Assert.That(plan.ItlMs, Is.EqualTo(10), "295 W are within 2 % of 300 W");
    }

    [Test]
    [Property("Rule", "LIB-6.4-d")]
    [Property("Defect", "D-12")]
    public void A_cap_below_the_range_is_charged_at_its_lower_end()
    {
        var plan = Problems.Feasible(Problems.Unit(180, 180) with { Limits = new PlanningLimits { PrefillCapLimits = new GpuPowerLimits(200, 700), DecodeCapLimits = new GpuPowerLimits(200, 700) }, MaxReplicas = 1 });

        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts, plan.TotalWatts), Is.EqualTo((200, 200, 3200L)));
    }

    [Test]
    public void Watts_beside_the_board_are_charged_for_every_gpu()
    {
        var plan = Problems.Feasible(Problems.Unit() with { NonGpuWattsPerGpu = 100, Limits = default, MaxReplicas = 1 });

        Assert.That(plan.TotalWatts, Is.EqualTo(8 * (400 + 100 + 300 + 100)));
    }

    [Test]
    public void A_table_point_under_its_own_cap_gets_neither_bridge_nor_coefficient()
    {
        var table = new TablePerformanceModel([new TablePrefillPoint(60, 290, 300)], [new TableDecodePoint(10, 12, null, 250)], 50_000);

        var plan = Problems.Feasible(Problems.Unit().WithModel(table) with { Corrections = new Corrections(1, 1, 2, 2, 2), Limits = default, MaxReplicas = 1 });

        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts), Is.EqualTo((300, 250)));
    }

    [Test]
    public void Aggregated_table_points_pair_up_only_under_the_same_cap()
    {
        var table = new TablePerformanceModel([new TablePrefillPoint(60, 290, 300)], [new TableDecodePoint(10, 12, 200, 250)], 50_000);

        var result = Planner.Plan(Problems.Unit().Aggregated().WithModel(table));

        Assert.That(result.Reason, Is.EqualTo(InfeasibleReason.ModelFailed));
        Assert.That(result.Detail, Does.Contain("cap"));
    }

    [Test]
    public void A_model_that_composes_both_phases_is_asked_for_its_own_composition()
    {
        var model = new FakeComposition { Aggregated = query => query.Batch <= 8 ? new AggregatedEstimate(100, 20, query.Batch) : throw new NoPerformanceDataException("none") };

        var plan = Problems.Feasible(Problems.Unit().Aggregated().WithModel(model) with { Batches = BatchPolicy.All, DecodeUtilization = 0.5, Limits = default, MaxReplicas = 3 });

        Assert.That((plan.DecodeBatch, plan.DecodeReplicas, plan.TtftMs, plan.ItlMs), Is.EqualTo((8, 3, 100.0, 20.0)));
        Assert.That(plan.ThroughputRequestsPerSecond, Is.EqualTo(3 * 8 * 0.5).Within(1e-12));
        Assert.That(plan.ThetaPrefillFraction, Is.EqualTo(12 * 100 / (1000 * 3.0)).Within(1e-12));
    }

    [Test]
    public void A_composition_without_sense_fails_the_model()
    {
        var noRate = Planner.Plan(Problems.Unit().Aggregated().WithModel(new FakeComposition { Aggregated = _ => new AggregatedEstimate(100, 20, double.NaN) }));
        var noData = Planner.Plan(Problems.Unit().Aggregated().WithModel(new FakeComposition { Aggregated = query => throw new NoPerformanceDataException($"none at {query.Batch}") }));

        Assert.That((noRate.Reason, noData.Reason), Is.EqualTo((InfeasibleReason.ModelFailed, InfeasibleReason.ModelFailed)));
        Assert.That(noData.Detail, Does.Contain("none at 41"));
    }

    private static StepEstimate Step(double latencyMs, double watts) => new(latencyMs, watts, 1, Provenance.Measured);

    private class FakeModel : IPerformanceModel
    {
        public double? NameplateWatts { get; init; } = 700;

        public long KvCapacityTokens { get; init; } = 50_000;

        public Func<PrefillQuery, StepEstimate> Prefill { get; init; } = _ => Step(50, 400);

        public Func<DecodeQuery, StepEstimate> Decode { get; init; } = _ => Step(10, 300);

        public List<long> SweepContexts { get; } = [];

        public List<int> SweepBatches { get; } = [];

        public StepEstimate EstimatePrefill(PrefillQuery query) => Prefill(query);

        public StepEstimate EstimateDecode(DecodeQuery query) => Decode(query);

        public void EstimateDecodeSweep(long contextTokens, Span<StepEstimate> estimates)
        {
            SweepContexts.Add(contextTokens);
            SweepBatches.Add(estimates.Length);
            for (var i = 0; i < estimates.Length; i++)
            {
                try
                {
                    estimates[i] = Decode(new DecodeQuery(i + 1, contextTokens));
                }
                catch (NoPerformanceDataException)
                {
                    estimates[i] = StepEstimate.NoData;
                }
            }
        }
    }

    private sealed class FakeComposition : FakeModel, IAggregatedPerformanceModel
    {
        public required Func<AggregatedQuery, AggregatedEstimate> Aggregated { get; init; }

        public AggregatedEstimate EstimateAggregated(AggregatedQuery query) => Aggregated(query);
    }
}
