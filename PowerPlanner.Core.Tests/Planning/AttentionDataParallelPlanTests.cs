using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Tests.Performance.Aic.Reference;

namespace PowerPlanner.Tests.Planning;

/// <summary>Plans of Qwen3-235B-A22B and DeepSeek-V3 whose engines are eight attention ranks, each with a KV cache and a batch of its own, on the H200's tables of vLLM 0.22.0.</summary>
[TestFixture("Qwen/Qwen3-235B-A22B")]
[TestFixture("deepseek-ai/DeepSeek-V3")]
internal sealed class AttentionDataParallelPlanTests(string model)
{
    private const int Isl = 2000;
    private const int Osl = 400;
    private const int MostBatch = 200;

    private static readonly EngineLayout Layout = new(1, 1, 8, 1, 8);

    private AicPerformanceModel _model = null!;

    [OneTimeSetUp]
    public async Task LoadEngine() => _model = new AicPerformanceModel(
        (await ReferenceEngine.LoadAsync(EvaluatorKind.Compiled, AicBackend.Vllm, "0.22.0", model, Layout)).Engine);

    [Test]
    public void The_plan_is_the_one_that_enumeration_finds([Values] PlanningObjective objective, [Values(20_000, 45_000)] long budgetWatts)
    {
        var problem = Problem(objective, budgetWatts);
        var decode = new StepEstimate[MostBatch];
        _model.EstimateDecodeSweep(Isl + (Osl / 2) + 1, decode);
        var prefill = _model.EstimatePrefill(new PrefillQuery(Isl));
        var table = new TablePerformanceModel(
            [new TablePrefillPoint(prefill.LatencyMs, prefill.ActivePowerWatts)],
            decode.Select((step, i) => new TableDecodePoint(i + 1, step.LatencyMs, step.ActivePowerWatts)),
            _model.KvCapacityTokens,
            _model.NameplateWatts);
        var asTable = problem.WithModel(table) with { MinimumPowerCoverage = 0 };

        var expected = BruteForcePlanner.Plan(asTable).Plan!;
        var plan = Problems.Feasible(problem);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((plan.PrefillReplicas, plan.DecodeReplicas, plan.DecodeBatch), Is.EqualTo((expected.PrefillReplicas, expected.DecodeReplicas, expected.Pair.Batch)));
            Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts), Is.EqualTo((expected.Pair.PrefillCapWatts, expected.Pair.DecodeCapWatts)));
            Assert.That(ExactSearchTests.Broken(problem, plan), Is.Null);
        }
    }

    [Test]
    public void A_batch_is_of_one_rank_and_so_is_the_capacity()
    {
        var problem = Problem(PlanningObjective.Throughput, 100_000) with { Batches = BatchPolicy.Largest, MaxBatch = null, ItlTargetMs = 10_000 };

        var plan = Problems.Feasible(problem);

        var batch = _model.KvCapacityTokens / (Isl + Osl);
        var perReplica = (double)batch * Layout.AttentionDataParallel * 1000 / (plan.ItlMs * Osl);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_model.KvCapacityTokens, Is.EqualTo(_model.Engine.MaximumKvTokens()));
            Assert.That(plan.DecodeBatch, Is.EqualTo(batch));
            Assert.That(plan.RequestsPerSecondPerDecodeReplica, Is.EqualTo(perReplica * problem.DecodeUtilization).Within(1e-9).Percent);
        }
    }

    private PlanningProblem Problem(PlanningObjective objective, long budgetWatts) => new()
    {
        Isl = Isl,
        Osl = Osl,
        TtftTargetMs = 2000,
        ItlTargetMs = 60,
        PrefillEngine = new PlanningEngine(_model, Layout),
        DecodeEngine = new PlanningEngine(_model, Layout),
        NameplateWatts = _model.NameplateWatts,
        PrefillFallbackCapWatts = 700,
        DecodeFallbackCapWatts = 700,
        Limits = new PlanningLimits { BudgetWatts = budgetWatts, GpuBudget = 128 },
        Batches = BatchPolicy.All,
        MaxBatch = MostBatch,
        Objective = objective,
        TargetRequestsPerSecond = objective == PlanningObjective.LeastPower ? 3 : null,
        MinimumPowerCoverage = 0,
    };
}
