using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;
using PowerPlanner.Tests.Performance.Aic.Oracle;
using PowerPlanner.Tests.Performance.Aic.Reference;

namespace PowerPlanner.Tests.Performance.Aic.Compiled;

/// <summary>Experts and dispatch where the H200's tables do not go: rows made up, hardware of other capabilities. Both evaluators answer.</summary>
[TestFixture(EvaluatorKind.Literal)]
[TestFixture(EvaluatorKind.Compiled)]
internal sealed class MoeCompilationTests(EvaluatorKind evaluator)
{
    private const string LowLatency = "moe_perf/low_latency";

    private static readonly AicSystem Blackwell = EngineSamples.H200 with
    {
        SmVersion = 100,
        TensorCoreFlops = new Dictionary<TensorCoreFormat, double>
        {
            [TensorCoreFormat.BFloat16] = 2250e12,
            [TensorCoreFormat.Fp8] = 4500e12,
            [TensorCoreFormat.Fp4] = 9000e12,
        },
    };

    [TestCase(64, 1.0)]
    [TestCase(128, 1.0)]
    [TestCase(129, 5.0)]
    [TestCase(256, 5.0)]
    public async Task Few_tokens_are_the_low_latency_kernels(int tokens, double expectedMs)
    {
        ExpertRow[] rows = [new(1, 5), new(1024, 5), new(1, 1, Table: LowLatency), new(1024, 1, Table: LowLatency)];

        Assert.That((await ExpertsAsync(tokens, rows)).LatencyMs, Is.EqualTo(expectedMs).Within(1e-12).Percent);
    }

    [Test]
    public async Task The_low_latency_kernel_counts_the_tokens_of_all_attention_ranks()
    {
        ExpertRow[] rows = [new(1, 5), new(1024, 5), new(1, 1, Table: LowLatency), new(1024, 1, Table: LowLatency)];

        Assert.That((await ExpertsAsync(64, rows, Experts with { AttentionDataParallel = 4 })).LatencyMs, Is.EqualTo(5).Within(1e-12).Percent);
    }

    [Test]
    public async Task Other_backends_and_formats_have_no_low_latency_kernel()
    {
        ExpertRow[] rows =
        [
            new(1, 5), new(1024, 5), new(1, 1, Table: LowLatency), new(1024, 1, Table: LowLatency),
            new(1, 6, "fp8"), new(1024, 6, "fp8"), new(1, 1, "fp8", Table: LowLatency), new(1024, 1, "fp8", Table: LowLatency),
        ];

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await ExpertsAsync(64, rows, Experts with { LowLatencyKernel = false })).LatencyMs, Is.EqualTo(5).Within(1e-12).Percent);
            Assert.That((await ExpertsAsync(64, rows, Experts with { Quantization = MoeQuantization.Fp8 })).LatencyMs, Is.EqualTo(6).Within(1e-12).Percent);
        }
    }

    [Test]
    public async Task The_ordinary_kernel_answers_where_the_low_latency_one_does_not()
    {
        ExpertRow[] rows = [new(1, 5), new(1024, 5), new(100, 1, Table: LowLatency)];

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await ExpertsAsync(64, rows)).LatencyMs, Is.EqualTo(5).Within(1e-12).Percent);
            Assert.That((await ExpertsAsync(100, rows)).LatencyMs, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task A_distribution_that_a_format_was_not_measured_with_is_taken_as_uniform()
    {
        ExpertRow[] rows = [new(1, 5, Distribution: "uniform"), new(1024, 5, Distribution: "uniform"), new(1, 7, Distribution: "balanced")];

        Assert.That((await ExpertsAsync(64, rows)).LatencyMs, Is.EqualTo(5).Within(1e-12).Percent);
    }

    [Test]
    public void A_curve_of_one_point_does_not_answer_below_it() =>
        Assert.That(async () => await ExpertsAsync(63, [new(64, 5)]), Throws.TypeOf<NoPerformanceDataException>());

    [TestCase(64)]
    [TestCase(65)]
    [TestCase(1_000_000)]
    public async Task A_curve_of_one_point_answers_at_it_and_above(int tokens) =>
        Assert.That((await ExpertsAsync(tokens, [new(64, 5)])).LatencyMs, Is.GreaterThanOrEqualTo(5));

    [Test]
    public async Task Below_a_curve_the_first_point_is_held()
    {
        ExpertRow[] rows = [new(64, 5), new(128, 6)];
        var cost = await ExpertsAsync(1, rows);

        Assert.That(cost.LatencyMs, Is.GreaterThan(0).And.LessThan(5));
        Assert.That(cost.Provenance, Is.EqualTo(Provenance.Extrapolated));
    }

    [Test]
    public void Without_a_rate_for_the_format_nothing_is_held() => Assert.That(
        async () => await ExpertsAsync(200, [new(1, 5), new(128, 6)], system: EngineSamples.H200), Throws.TypeOf<MissingHardwareRateException>());

    [TestCase("nvfp4", 0.28125)]
    [TestCase("fp8", 0.5)]
    [TestCase("fp8_block", 0.5)]
    [TestCase("bfloat16", 1)]
    [TestCase(null, 1)]
    public async Task TensorRT_LLM_dispatches_in_the_experts_format_at_capability_100(string? format, double share)
    {
        var quantization = format switch
        {
            "nvfp4" => MoeQuantization.NvFp4,
            "fp8" => MoeQuantization.Fp8,
            "fp8_block" => MoeQuantization.Fp8Block,
            "bfloat16" => MoeQuantization.BFloat16,
            _ => null,
        };
        var pre = Dispatch(MoeDispatchStage.Pre, 4, quantization);
        var post = Dispatch(MoeDispatchStage.Post, 4, quantization);

        using (Assert.EnterMultipleScope())
        {
            AssertSame(await CostAsync(pre, Blackwell), await CostAsync(new NcclOperation("x", "all_gather", 2048 * 4 * share, 8, CommunicationQuantization.Half, 2), Blackwell));
            AssertSame(await CostAsync(post, Blackwell), await CostAsync(new NcclOperation("x", "reduce_scatter", 2048 * 4, 8, CommunicationQuantization.Half, 2), Blackwell));
        }
    }

    [TestCase(90)]
    [TestCase(103)]
    [TestCase(null)]
    public async Task At_any_other_capability_attention_ranks_of_one_layer_all_reduce(int? capability)
    {
        var system = Blackwell with { SmVersion = capability };

        AssertSame(await CostAsync(Dispatch(MoeDispatchStage.Pre, 4, MoeQuantization.NvFp4), system), await CostAsync(new AllReduceOperation("x", 2048, 8, 2), system));
    }

    [Test]
    public async Task One_attention_rank_all_reduces_at_capability_100_too() => AssertSame(
        await CostAsync(Dispatch(MoeDispatchStage.Pre, 1, MoeQuantization.NvFp4), Blackwell), await CostAsync(new AllReduceOperation("x", 2048, 8, 2), Blackwell));

    [Test]
    public void Nodes_with_an_all_to_all_kernel_are_not_modelled() => Assert.That(
        async () => await CostAsync(Dispatch(MoeDispatchStage.Pre, 8, null), Blackwell with { GpusPerNode = 72 }), Throws.TypeOf<NoPerformanceDataException>());

    private static readonly MoeOperation Experts = new("moe", 1024, 512, 2, 8, 1, 1, 1, MoeQuantization.NvFp4, "power_law_1.2", 1, LowLatencyKernel: true);

    private static MoeDispatchOperation Dispatch(MoeDispatchStage stage, int attentionDp, MoeQuantization? format) =>
        new("x", stage, AicBackend.TensorRtLlm, 2048, 1, 8, attentionDp, format, 2);

    private static void AssertSame(OperationCost actual, OperationCost expected) =>
        Assert.That(actual.LatencyMs, Is.EqualTo(expected.LatencyMs).Within(expected.LatencyMs * 1e-12));

    private Task<OperationCost> ExpertsAsync(int tokens, IReadOnlyList<ExpertRow> rows, MoeOperation? operation = null, AicSystem? system = null) =>
        CostAsync(operation ?? Experts, system ?? Blackwell, tokens, rows);

    private async Task<OperationCost> CostAsync(Operation operation, AicSystem system, int tokens = 777, IReadOnlyList<ExpertRow>? rows = null)
    {
        var real = await Databases.H200Async(AicBackend.TensorRtLlm, "1.3.0rc20");
        var database = new AicDatabase(real.Backend, real.Version, new MadeUpTables(real.Tables, system, rows));
        var lists = new OperationLists([operation], []);
        IStepEvaluator made = evaluator == EvaluatorKind.Literal
            ? await LiteralEvaluator.CreateAsync(new LiteralTables(database), lists)
            : await CompiledEvaluator.CompileAsync(database, lists);
        return made.Context(new ContextShape(tokens, 1, 0));
    }
}
