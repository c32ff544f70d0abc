using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>
/// The compiled evaluator against the literal interpreter, operation by operation, at points inside the tables, at their ragged edges and far
/// outside, for models of all formats on all backends.
/// </summary>
[TestFixture]
internal sealed class CompiledEqualsLiteral
{
    private const int PointsPerPhase = 300;

    /// <summary>Whole steps add nothing but a sum to their operations, so they are asked less often.</summary>
    private const int PointsPerStep = 10;

    [TestCase(AicBackend.Vllm, "0.22.0", "Qwen/Qwen3-32B", 1)]
    [TestCase(AicBackend.Vllm, "0.22.0", "Qwen/Qwen3-32B", 8)]
    [TestCase(AicBackend.Vllm, "0.22.0", "meta-llama/Meta-Llama-3.1-8B", 1)]
    [TestCase(AicBackend.Vllm, "0.22.0", "meta-llama/Meta-Llama-3.1-8B", 8)]
    [TestCase(AicBackend.Vllm, "0.22.0", "meta-llama/Meta-Llama-3.1-70B", 1)]
    [TestCase(AicBackend.Vllm, "0.22.0", "meta-llama/Meta-Llama-3.1-70B", 8)]
    [TestCase(AicBackend.Vllm, "0.22.0", "meta-llama/Meta-Llama-3.1-405B", 1)]
    [TestCase(AicBackend.Vllm, "0.22.0", "meta-llama/Meta-Llama-3.1-405B", 8)]
    [TestCase(AicBackend.Vllm, "0.22.0", "Qwen/Qwen3-32B-FP8", 4)]
    [TestCase(AicBackend.Vllm, "0.22.0", "nvidia/Llama-3.1-70B-Instruct-FP8", 2)]
    [TestCase(AicBackend.Vllm, "0.24.0", "nvidia/Llama-3.1-70B-Instruct-FP8", 8)]
    [TestCase(AicBackend.Vllm, "0.19.0", "nvidia/Llama-3.1-70B-Instruct-FP8", 8)]
    [TestCase(AicBackend.Vllm, "0.14.0", "Qwen/Qwen3-32B", 16)]
    [TestCase(AicBackend.Sglang, "0.5.6.post2", "meta-llama/Meta-Llama-3.1-405B", 1)]
    [TestCase(AicBackend.Sglang, "0.5.9", "Qwen/Qwen3-32B-FP8", 8)]
    [TestCase(AicBackend.Sglang, "0.5.14", "nvidia/Llama-3.1-70B-Instruct-FP8", 8)]
    [TestCase(AicBackend.TensorRtLlm, "1.2.0rc5", "meta-llama/Meta-Llama-3.1-70B", 8, 2)]
    [TestCase(AicBackend.TensorRtLlm, "1.3.0rc10", "nvidia/Llama-3.1-70B-Instruct-FP8", 8)]
    [TestCase(AicBackend.TensorRtLlm, "1.3.0rc20", "Qwen/Qwen3-32B-FP8", 1)]
    [TestCase(AicBackend.Vllm, "0.22.0", "Qwen/Qwen3-30B-A3B", 4, 1, 1, 1, 4)]
    [TestCase(AicBackend.Vllm, "0.22.0", "Qwen/Qwen3-235B-A22B", 1, 1, 8, 1, 8)]
    [TestCase(AicBackend.Vllm, "0.22.0", "Qwen/Qwen3-235B-A22B-FP8", 2, 1, 4, 1, 8)]
    [TestCase(AicBackend.Vllm, "0.22.0", "openai/gpt-oss-20b", 2, 1, 1, 1, 2)]
    [TestCase(AicBackend.Vllm, "0.22.0", "openai/gpt-oss-120b", 1, 1, 8, 8, 1)]
    [TestCase(AicBackend.Vllm, "0.22.0", "meta-llama/Llama-4-Scout-17B-16E-Instruct", 8, 1, 1, 8, 1)]
    [TestCase(AicBackend.Vllm, "0.22.0", "mistralai/Mixtral-8x22B-v0.1", 4, 2, 1, 4, 1)]
    [TestCase(AicBackend.Sglang, "0.5.9", "Qwen/Qwen3-30B-A3B", 2, 1, 2, 1, 4)]
    [TestCase(AicBackend.Sglang, "0.5.14", "openai/gpt-oss-120b", 1, 1, 8, 1, 8)]
    [TestCase(AicBackend.Sglang, "0.5.10", "MiniMaxAI/MiniMax-M2.5", 4, 1, 1, 2, 2)]
    [TestCase(AicBackend.TensorRtLlm, "1.3.0rc20", "Qwen/Qwen3-30B-A3B-FP8", 1, 1, 4, 1, 4)]
    [TestCase(AicBackend.TensorRtLlm, "1.3.0rc20", "meta-llama/Llama-4-Scout-17B-16E-Instruct", 2, 1, 1, 2, 1)]
    [TestCase(AicBackend.Vllm, "0.22.0", "deepseek-ai/DeepSeek-V3", 8, 1, 1, 1, 8)]
    [TestCase(AicBackend.Vllm, "0.22.0", "deepseek-ai/DeepSeek-V3", 1, 1, 8, 1, 8)]
    [TestCase(AicBackend.Vllm, "0.19.0", "moonshotai/Kimi-K2.5", 4, 1, 1, 1, 4)]
    [TestCase(AicBackend.Vllm, "0.14.0", "deepseek-ai/DeepSeek-R1", 8, 2, 1, 8, 1)]
    [TestCase(AicBackend.Sglang, "0.5.9", "moonshotai/Kimi-K2-Instruct", 8, 1, 1, 2, 4)]
    [TestCase(AicBackend.Sglang, "0.5.12", "deepseek-ai/DeepSeek-R1", 4, 1, 4, 1, 16)]
    [TestCase(AicBackend.TensorRtLlm, "1.2.0rc5", "deepseek-ai/DeepSeek-R1", 4, 1, 2, 1, 8)]
    [TestCase(AicBackend.TensorRtLlm, "1.3.0rc20", "moonshotai/Kimi-K2-Instruct", 16, 1, 1, 1, 16)]
    [TestCase(AicBackend.Sglang, "0.5.9", "Qwen/Qwen3-32B", 1, 1, 1, 1, 1, 2)]
    [TestCase(AicBackend.Sglang, "0.5.12", "Qwen/Qwen3-32B-FP8", 1, 2, 1, 1, 1, 4)]
    public async Task The_compiled_evaluator_answers_what_the_specification_says(
        AicBackend backend, string version, string model, int tensorParallel, int pipelineParallel = 1, int attentionDp = 1, int moeTp = 1, int moeEp = 1, int contextParallel = 1)
    {
        var layout = new EngineLayout(tensorParallel, pipelineParallel, attentionDp, moeTp, moeEp, contextParallel);
        var literal = (await ReferenceEngine.LoadAsync(EvaluatorKind.Literal, backend, version, model, layout)).Evaluator;
        var compiled = (await ReferenceEngine.LoadAsync(EvaluatorKind.Compiled, backend, version, model, layout)).Evaluator;
        var random = new Random((model + version).Sum(character => character) + tensorParallel);
        var differences = new Differences();

        for (var i = 0; i < PointsPerPhase; i++)
        {
            var (context, generation) = (RandomSteps.Context(random), RandomSteps.Generation(random));
            differences.Compare($"{context}", evaluator => evaluator.ContextOperations(context), literal, compiled);
            differences.Compare($"{generation}", evaluator => evaluator.GenerationOperations(generation), literal, compiled);
            if (i % PointsPerStep == 0)
            {
                differences.Compare($"{context}", evaluator => Steps(selection => evaluator.Context(context, selection)), literal, compiled);
                differences.Compare($"{generation}", evaluator => Steps(selection => evaluator.Generation(generation, selection)), literal, compiled);
            }
        }

        differences.AssertNone();
    }

    [Test]
    public async Task The_points_reach_the_inside_of_the_tables_their_ragged_edges_and_the_outside()
    {
        var tables = await Databases.H200TablesAsync();
        var operations = (await ReferenceEngine.LoadAsync(EvaluatorKind.Literal, AicBackend.Vllm, "0.22.0", "Qwen/Qwen3-32B", new EngineLayout(8))).Operations;
        var context = operations.Context.OfType<ContextAttentionOperation>().Single();
        var generation = operations.Generation.OfType<GenerationAttentionOperation>().Single();
        var random = new Random(1);
        var regions = new Dictionary<string, int>();

        for (var i = 0; i < PointsPerPhase; i++)
        {
            var (prefill, decode) = (RandomSteps.Context(random), RandomSteps.Generation(random));
            Count("context", tables.ContextAttention(context), context.Heads, prefill.FullSequence, prefill.Batch);
            Count("generation", tables.GenerationAttention(generation), generation.Heads, decode.Batch, decode.SequenceLength);
        }

        Assert.That(regions.Keys, Is.SupersetOf(new[] { "context", "generation" }.SelectMany(phase => new[]
        {
            $"{phase} Measured inside", $"{phase} Interpolated inside", $"{phase} Extrapolated inside", $"{phase} Extrapolated outside",
        })));
        Assert.That(regions.Values, Is.All.GreaterThan(PointsPerPhase / 50), string.Join(", ", regions));

        void Count(string phase, GridTable grid, params double[] point)
        {
            var inside = Enumerable.Range(0, point.Length).All(axis => point[axis] >= grid.Range(axis).Lowest && point[axis] <= grid.Range(axis).Highest);
            var region = $"{phase} {grid.Resolve(point).Provenance} {(inside ? "inside" : "outside")}";
            regions[region] = regions.GetValueOrDefault(region) + 1;
        }
    }

    private static List<NamedOperationCost> Steps(Func<OperationSelection, OperationCost> step) =>
        [.. Enum.GetValues<OperationSelection>().Select(selection => new NamedOperationCost(selection.ToString(), step(selection)))];
}
