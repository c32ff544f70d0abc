using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>The specification's worked estimates (chapter 11) on the H200's tables, by both evaluators; ms.</summary>
[TestFixture(EvaluatorKind.Literal)]
[TestFixture(EvaluatorKind.Compiled)]
internal sealed class WorkedEstimates(EvaluatorKind kind)
{
    private const double Tolerance = 1e-9;

    [TestCase("bfloat16", AicEstimationMode.Empirical, 100, 5000, 3000, 0.010860518148814231)]
    [TestCase("bfloat16", AicEstimationMode.Empirical, 1024, 1280, 5120, 0.02079028576762886)]
    [TestCase("bfloat16", AicEstimationMode.Empirical, 200_000, 4096, 4096, 10.248699358531406)]
    [TestCase("nvfp4_wo", AicEstimationMode.Hybrid, 100, 5000, 3000, 0.007784221580852632)]
    [TestCase("bfloat16", AicEstimationMode.SpeedOfLight, 100, 5000, 3000, 0.006583333333333333)]
    public async Task A_matrix_product_costs(string format, AicEstimationMode mode, int m, int n, int k, double latencyMs) =>
        AssertEstimate(await ContextAsync(new GemmOperation("gemm", GemmOf(format), n, k, 1), new ContextShape(m, 1, 0), mode), latencyMs);

    [TestCase(96, AicEstimationMode.Hybrid, 0.0385754147797634)]
    [TestCase(128, AicEstimationMode.Empirical, 0.041417197225227353)]
    public async Task Prefill_attention_costs_with_its_extras(int headSize, AicEstimationMode mode, double latencyMs) => AssertEstimate(
        await ContextAsync(
            new ContextAttentionOperation("attention", 8, 1, headSize, 0, QkNorm: false, AttentionQuantization.BFloat16, KvCacheQuantization.BFloat16, 1),
            new ContextShape(2, 1500, 0),
            mode),
        latencyMs);

    [Test]
    public async Task Decode_attention_costs_one_sample() => AssertEstimate(
        (await EvaluatorAsync(
            new OperationLists([], [new GenerationAttentionOperation("attention", 8, 1, 128, 0, KvCacheQuantization.BFloat16, 1)]), AicEstimationMode.Empirical, "0.22.0"))
        .Generation(new GenerationShape(5, 3000)),
        0.014239670910797312);

    [Test]
    public async Task Experts_of_a_width_that_was_not_measured_cost_what_the_nearest_achieve() => AssertEstimate(
        await ContextAsync(
            new MoeOperation("moe", 2048, 1000, 8, 128, 1, 4, 1, MoeQuantization.BFloat16, "power_law_1.2", 1), new ContextShape(1, 100, 0), AicEstimationMode.Hybrid),
        0.1284807836666763);

    [TestCase(8, 300_000, 0.011379610735282458)]
    [TestCase(16, 524_288, 0.13549679645470208)]
    [TestCase(8, 64, 0.0024500800669193267)]
    public async Task An_all_reduce_costs(int gpus, int elements, double latencyMs) => AssertEstimate(
        await ContextAsync(new AllReduceOperation("ar", elements, gpus, 1), new ContextShape(1, 1, 0), AicEstimationMode.Empirical, "0.19.0"), latencyMs);

    [TestCase("all_gather", 8, 333_000, 0.01479094732882827)]
    [TestCase("all_reduce", 16, 512_000, 0.26318589932509207)]
    public async Task A_collective_costs(string collective, int gpus, int elements, double latencyMs) => AssertEstimate(
        await ContextAsync(
            new NcclOperation("nccl", collective, elements, gpus, CommunicationQuantization.Half, 1), new ContextShape(1, 1, 0), AicEstimationMode.Empirical),
        latencyMs);

    [Test]
    public void An_estimate_has_the_requested_version_s_own_measurements_alone() => Assert.That(
        () => ContextAsync(new AllReduceOperation("ar", 300_000, 8, 1), new ContextShape(1, 1, 0), AicEstimationMode.Empirical),
        Throws.TypeOf<NoPerformanceDataException>());

    private static void AssertEstimate(OperationCost cost, double latencyMs)
    {
        Assert.That(cost.LatencyMs, Is.EqualTo(latencyMs).Within(latencyMs * Tolerance));
        Assert.That(cost with { LatencyMs = 0 }, Is.EqualTo(OperationCost.Estimated(0)), "no energy, nothing covered, labelled");
    }

    private async Task<OperationCost> ContextAsync(Operation operation, ContextShape shape, AicEstimationMode mode, string version = "0.22.0") =>
        (await EvaluatorAsync(new OperationLists([operation], []), mode, version)).Context(shape);

    private async Task<IStepEvaluator> EvaluatorAsync(OperationLists lists, AicEstimationMode mode, string version) => kind == EvaluatorKind.Literal
        ? await LiteralEvaluator.CreateAsync(await Databases.H200TablesAsync(AicBackend.Vllm, version, mode), lists, mode)
        : await CompiledEvaluator.CompileAsync((await Databases.H200Async(AicBackend.Vllm, version)).For(mode), lists, mode);

    private static GemmQuantization GemmOf(string format) => format switch
    {
        "bfloat16" => GemmQuantization.BFloat16,
        "nvfp4_wo" => GemmQuantization.NvFp4WeightOnly,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "No such format in the examples."),
    };
}
