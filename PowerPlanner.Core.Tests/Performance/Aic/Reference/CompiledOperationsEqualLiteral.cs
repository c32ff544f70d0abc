using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>Single operations in shapes that no model of the reference answers has, compiled and interpreted literally.</summary>
[TestFixture(AicEstimationMode.Silicon)]
[TestFixture(AicEstimationMode.Hybrid)]
[TestFixture(AicEstimationMode.Empirical)]
[TestFixture(AicEstimationMode.SpeedOfLight)]
internal sealed class CompiledOperationsEqualLiteral(AicEstimationMode mode)
{
    private const double Tolerance = 1e-12;

    [TestCase("bfloat16")]
    [TestCase("fp8_block")]
    [TestCase("fp8_static")]
    [TestCase("nvfp4")]
    public async Task Matrix_products_of_any_shape(string format)
    {
        var quantization = format switch
        {
            "bfloat16" => GemmQuantization.BFloat16,
            "fp8_block" => GemmQuantization.Fp8Block,
            "fp8_static" => GemmQuantization.Fp8Static,
            _ => GemmQuantization.NvFp4,
        };
        var random = new Random(11);
        for (var i = 0; i < 25; i++)
        {
            // From far below the smallest measured weight to far beyond the largest.
            var (n, k) = (Size(random, 1 << 20), Size(random, 1 << 19));
            await CompareContextAsync(
                new GemmOperation("gemm", quantization, n, k, 3, LowPrecisionInput: i % 2 == 0), random, _ => new ContextShape(1, Size(random, 300_000), 0));
        }
    }

    [TestCase(8, 1, 128, 0, "bfloat16")]
    [TestCase(1, 1, 128, 0, "bfloat16")]
    [TestCase(7, 7, 128, 0, "bfloat16")]
    [TestCase(5, 1, 128, 0, "fp8")]
    [TestCase(12, 2, 128, 0, "fp8")]
    [TestCase(100, 8, 128, 0, "bfloat16")]
    [TestCase(200, 200, 128, 0, "bfloat16")]
    [TestCase(8, 1, 64, 128, "bfloat16")]
    [TestCase(8, 2, 64, 128, "bfloat16")]
    [TestCase(8, 1, 96, 0, "bfloat16")]
    [TestCase(8, 1, 128, 77, "bfloat16")]
    public async Task Attention_of_any_heads(int heads, int kvHeads, int headSize, int window, string kvCache)
    {
        var cache = kvCache == "fp8" ? KvCacheQuantization.Fp8 : KvCacheQuantization.BFloat16;
        var random = new Random(12);
        await CompareContextAsync(
            new ContextAttentionOperation("attention", heads, kvHeads, headSize, window, QkNorm: true, AttentionQuantization.BFloat16, cache, 2),
            random,
            _ => new ContextShape(Size(random, 3_000), Size(random, 200_000), random.Next(2) * Size(random, 100_000)));
        await CompareGenerationAsync(
            new GenerationAttentionOperation("attention", heads, kvHeads, headSize, window, cache, 2),
            random,
            _ => new GenerationShape(Size(random, 20_000), Size(random, 1_000_000)));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    [TestCase(6)]
    [TestCase(8)]
    [TestCase(12)]
    [TestCase(16)]
    [TestCase(64)]
    public async Task Collectives_of_any_group(int gpus)
    {
        var random = new Random(13);
        await CompareContextAsync(new AllReduceOperation("ar", 3, gpus, 2), random, _ => new ContextShape(1, Size(random, 1 << 30), 0));
        foreach (var collective in new[] { "all_gather", "all_reduce", "alltoall", "reduce_scatter", "broadcast" })
        {
            await CompareContextAsync(
                new NcclOperation("nccl", collective, 0.75, gpus, CommunicationQuantization.Half, 2), random, _ => new ContextShape(1, Size(random, 1 << 30), 0));
        }
    }

    [TestCase(2048, 768, 8, 128, 1, 4, 1, "bfloat16", "power_law_1.2")]
    [TestCase(2048, 768, 8, 128, 1, 8, 8, "bfloat16", "power_law_1.2")]
    [TestCase(2048, 768, 8, 128, 2, 4, 4, "fp8_block", "power_law_1.2")]
    [TestCase(7168, 2048, 8, 256, 1, 8, 1, "fp8_block", "power_law_1.01")]
    [TestCase(2880, 2880, 4, 32, 1, 2, 2, "w4a16_mxfp4", "power_law_1.2")]
    [TestCase(2048, 768, 8, 128, 1, 4, 1, "bfloat16", "balanced")]
    [TestCase(2048, 768, 8, 128, 1, 4, 1, "bfloat16", "no such distribution")]
    [TestCase(2048, 769, 8, 128, 1, 4, 1, "bfloat16", "power_law_1.2")]
    [TestCase(2048, 768, 8, 128, 1, 4, 1, "nvfp4", "power_law_1.2")]
    public async Task Experts_of_any_format(
        int hidden, int intermediate, int topK, int experts, int moeTp, int moeEp, int attentionDp, string format, string distribution)
    {
        var quantization = format switch
        {
            "fp8_block" => MoeQuantization.Fp8Block,
            "w4a16_mxfp4" => MoeQuantization.W4A16MxFp4,
            "nvfp4" => MoeQuantization.NvFp4,
            _ => MoeQuantization.BFloat16,
        };
        var operation = new MoeOperation("moe", hidden, intermediate, topK, experts, moeTp, moeEp, attentionDp, quantization, distribution, 3, LowLatencyKernel: true);
        var random = new Random(15);
        await CompareContextAsync(operation, random, _ => new ContextShape(Size(random, 1_000), Size(random, 1_000_000_000), 0));
        await CompareGenerationAsync(operation, random, _ => new GenerationShape(Size(random, 30_000), Size(random, 100_000)));
    }

    [TestCase(1, 1)]
    [TestCase(8, 1)]
    [TestCase(8, 2)]
    [TestCase(8, 8)]
    [TestCase(16, 4)]
    [TestCase(6, 3)]
    [TestCase(2, 3)]
    public async Task Dispatches_of_any_layout(int experts, int attentionDp)
    {
        var random = new Random(16);
        foreach (var backend in Enum.GetValues<AicBackend>())
        {
            foreach (var stage in Enum.GetValues<MoeDispatchStage>())
            {
                var operation = new MoeDispatchOperation("dispatch", stage, backend, 2048, 1, experts, attentionDp, MoeQuantization.Fp8, 2);
                await CompareContextAsync(operation, random, _ => new ContextShape(Size(random, 1_000), Size(random, 100_000), 0));
                await CompareGenerationAsync(operation, random, _ => new GenerationShape(Size(random, 30_000), Size(random, 100_000)));
            }
        }
    }

    [TestCase(1)]
    [TestCase(4)]
    public async Task Formulas(int stages)
    {
        var random = new Random(14);
        foreach (var operation in new Operation[]
        {
            new ElementwiseOperation("norm", 5120, 2560, 3), new EmbeddingOperation("embedding", 32000, 5120, 1), new PointToPointOperation("p2p", 5120, stages, stages - 1),
        })
        {
            await CompareContextAsync(operation, random, _ => new ContextShape(Size(random, 1_000), Size(random, 100_000), 0));
            await CompareGenerationAsync(operation, random, _ => new GenerationShape(Size(random, 1_000), Size(random, 100_000)));
        }
    }

    private Task CompareContextAsync(Operation operation, Random random, Func<Random, ContextShape> shape) => CompareAsync(
        operation, new OperationLists([operation], []), random, shape, (evaluator, point) => evaluator.Context(point));

    private Task CompareGenerationAsync(Operation operation, Random random, Func<Random, GenerationShape> shape) => CompareAsync(
        operation, new OperationLists([], [operation]), random, shape, (evaluator, point) => evaluator.Generation(point));

    private async Task CompareAsync<TShape>(
        Operation operation, OperationLists lists, Random random, Func<Random, TShape> shape, Func<IStepEvaluator, TShape, OperationCost> ask)
    {
        const int Points = 60;
        var tables = await Databases.H200TablesAsync(mode: mode);
        var literal = await LiteralEvaluator.CreateAsync(tables, lists, mode);
        var compiled = await CompiledEvaluator.CompileAsync(tables.Database, lists, mode);
        for (var i = 0; i < Points; i++)
        {
            var point = shape(random);
            var (expected, refused) = Answer(literal, point, ask);
            var (actual, refusedToo) = Answer(compiled, point, ask);
            var where = $"{operation} at {point}";
            Assert.That(refusedToo?.GetType(), Is.EqualTo(refused?.GetType()), where);
            Assert.That(actual.LatencyMs, Is.EqualTo(expected.LatencyMs).Within(expected.LatencyMs * Tolerance), where);
            Assert.That(actual.EnergyMillijoules, Is.EqualTo(expected.EnergyMillijoules).Within(expected.EnergyMillijoules * Tolerance), where);
            Assert.That(actual.CoveredLatencyMs, Is.EqualTo(expected.CoveredLatencyMs).Within(expected.CoveredLatencyMs * Tolerance), where);
            Assert.That(actual.Provenance, Is.EqualTo(expected.Provenance), where);
        }
    }

    private static (OperationCost Cost, PerformanceException? Refusal) Answer<TShape>(
        IStepEvaluator evaluator, TShape point, Func<IStepEvaluator, TShape, OperationCost> ask)
    {
        try
        {
            return (ask(evaluator, point), null);
        }
        catch (PerformanceException exception)
        {
            return (OperationCost.Zero, exception);
        }
    }

    /// <summary>Log-uniform; every other one a power of two, where tables have their keys and ties.</summary>
    private static long Size(Random random, long largest)
    {
        var octaves = random.NextDouble() * Math.Log2(largest);
        return (long)Math.Pow(2, random.Next(2) == 0 ? Math.Floor(octaves) : octaves);
    }
}
