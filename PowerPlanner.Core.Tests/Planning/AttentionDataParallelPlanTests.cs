using CsCheck;
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

        var expected = BruteForcePlanner.Plan(AsTable(problem)).Plan!;
        var plan = Problems.Feasible(problem);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((plan.PrefillReplicas, plan.DecodeReplicas, plan.DecodeBatch), Is.EqualTo((expected.PrefillReplicas, expected.DecodeReplicas, expected.Pair.Batch)));
            Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts), Is.EqualTo((expected.Pair.PrefillCapWatts, expected.Pair.DecodeCapWatts)));
            Assert.That(ExactSearchTests.Broken(problem, plan), Is.Null);
        }
    }

    [Test]
    public void Of_any_problem_the_plan_is_the_one_that_enumeration_finds_and_no_rank_holds_more_than_it_can() => Gen.Select(
        Gen.Int[1, 30_000], Gen.Int[1, 4_000], Gen.Long[5_000, 120_000], Gen.Double[200, 8_000], Gen.Double[10, 200], Gen.Enum<PlanningObjective>()).Holds(
        (isl, osl, budgetWatts, ttftMs, itlMs, objective) =>
        {
            var problem = Problem(objective, budgetWatts) with { Isl = isl, Osl = osl, TtftTargetMs = ttftMs, ItlTargetMs = itlMs, Limits = new PlanningLimits { BudgetWatts = budgetWatts, GpuBudget = 64 } };

            var expected = BruteForcePlanner.Plan(AsTable(problem)).Plan;
            var plan = Planner.Plan(problem).Plan;

            Assert.That(plan is null, Is.EqualTo(expected is null));
            if (plan is not null)
            {
                Assert.That(
                    (plan.PrefillReplicas, plan.DecodeReplicas, plan.DecodeBatch, plan.PrefillCapWatts, plan.DecodeCapWatts),
                    Is.EqualTo((expected!.PrefillReplicas, expected.DecodeReplicas, expected.Pair.Batch, expected.Pair.PrefillCapWatts, expected.Pair.DecodeCapWatts)));
                Assert.That(ExactSearchTests.Broken(problem, plan), Is.Null);
                Assert.That((long)plan.DecodeBatch * (isl + osl), Is.LessThanOrEqualTo(_model.KvCapacityTokens));
            }

            return true;
        },
        iter: 12);

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

    /// <summary>The same operating points written down, which plain enumeration asks.</summary>
    private PlanningProblem AsTable(PlanningProblem problem)
    {
        var decode = new StepEstimate[MostBatch];
        _model.EstimateDecodeSweep(problem.Isl + (problem.Osl / 2) + 1, decode);
        var prefill = _model.EstimatePrefill(new PrefillQuery(problem.Isl));
        var table = new TablePerformanceModel(
            [new TablePrefillPoint(prefill.LatencyMs, prefill.ActivePowerWatts)],
            decode.Select((step, i) => new TableDecodePoint(i + 1, step.LatencyMs, step.ActivePowerWatts)),
            _model.KvCapacityTokens,
            _model.NameplateWatts);
        return problem.WithModel(table) with { MinimumPowerCoverage = 0 };
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
        EnergyPrice = new EnergyPrice { ElectricityPerKwh = 0.2 },
        TargetRequestsPerSecond = objective == PlanningObjective.LeastPower ? 3 : null,
        MinimumPowerCoverage = 0,
    };
}
