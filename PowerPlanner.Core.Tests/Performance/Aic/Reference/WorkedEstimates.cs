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

    [TestCase("bfloat16", AicEstimationMode.SpeedOfLight, 100, 5000, 3000, 0.006583333333333333)]
    public async Task A_matrix_product_costs(string format, AicEstimationMode mode, int m, int n, int k, double latencyMs) =>
        AssertEstimate(await ContextAsync(new GemmOperation("gemm", GemmOf(format), n, k, 1), new ContextShape(m, 1, 0), mode), latencyMs);

    private static void AssertEstimate(OperationCost cost, double latencyMs)
    {
        Assert.That(cost.LatencyMs, Is.EqualTo(latencyMs).Within(latencyMs * Tolerance));
        Assert.That(cost with { LatencyMs = 0 }, Is.EqualTo(OperationCost.Estimated(0)), "no energy, nothing covered, labelled");
    }

    private async Task<OperationCost> ContextAsync(Operation operation, ContextShape shape, AicEstimationMode mode, string version = "0.22.0") =>
        (await EvaluatorAsync(new OperationLists([operation], []), mode, version)).Context(shape);

    private async Task<IStepEvaluator> EvaluatorAsync(OperationLists lists, AicEstimationMode mode, string version) => kind == EvaluatorKind.Literal
        ? await LiteralEvaluator.CreateAsync(await Databases.H200TablesAsync(AicBackend.Vllm, version), lists, mode)
        : await CompiledEvaluator.CompileAsync(await Databases.H200Async(AicBackend.Vllm, version), lists, mode);

    private static GemmQuantization GemmOf(string format) => format switch
    {
        "bfloat16" => GemmQuantization.BFloat16,
        "nvfp4_wo" => GemmQuantization.NvFp4WeightOnly,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "No such format in the examples."),
    };
}
