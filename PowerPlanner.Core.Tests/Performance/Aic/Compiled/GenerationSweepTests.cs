using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Compiled;

/// <summary>Whole sweeps and hot paths of the compiled evaluator on the H200's tables.</summary>
[TestFixture]
internal sealed class GenerationSweepTests
{
    private const double Tolerance = 1e-12;

    private static readonly (long Batch, long Length)[] Points = [(1, 1300), (100, 1200), (2, 20000), (200, 6000), (4096, 512), (192, 131072)];

    [TestCaseSource(typeof(CompiledEngines), nameof(CompiledEngines.Names))]
    public async Task A_sweep_over_batches_equals_step_by_step(string engine)
    {
        var evaluator = await CompiledEngines.CompileAsync(engine);
        var costs = new OperationCost[4500];
        foreach (var sequence in new long[] { 1, 2, 1025, 1501, 6000, 16384, 50001, 131072, 2_000_000 })
        {
            evaluator.SweepGeneration(sequence, costs);

            for (var i = 0; i < costs.Length; i++)
            {
                var step = evaluator.Generation(new GenerationShape(i + 1, sequence));
                if (!IsSame(costs[i], step))
                {
                    Assert.Fail($"batch {i + 1} at {sequence}: {costs[i]}, step by step {step}");
                }
            }
        }
    }

    [TestCaseSource(typeof(CompiledEngines), nameof(CompiledEngines.Names))]
    public async Task A_step_is_the_sum_of_its_operations(string engine)
    {
        var evaluator = await CompiledEngines.CompileAsync(engine);
        foreach (var tokens in new long[] { 1, 2, 3, 7, 127, 128, 129, 1000, 1024, 4096, 32768, 32769, 100_001, 3_000_000 })
        {
            var shape = new ContextShape(3, tokens, 0);
            var sum = evaluator.ContextOperations(shape).Aggregate(OperationCost.Zero, (total, operation) => total + operation.Cost);

            Assert.That(IsSame(evaluator.Context(shape), sum), Is.True, $"{tokens} tokens: {evaluator.Context(shape)}, by operation {sum}");
        }
    }

    [Test]
    public async Task Steps_and_sweeps_allocate_nothing()
    {
        var evaluator = await CompiledEngines.CompileAsync("qwen3-32b tp 8");
        var costs = new OperationCost[3000];
        Run(evaluator, costs);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Run(evaluator, costs);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public async Task A_shape_that_no_step_can_have_is_refused()
    {
        var evaluator = await CompiledEngines.CompileAsync("qwen3-32b tp 8");

        Assert.That(() => evaluator.Context(new ContextShape(0, 1, 0)), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => evaluator.Context(new ContextShape(1, 0, 0)), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => evaluator.Context(new ContextShape(1, 1, -1)), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => evaluator.Generation(new GenerationShape(0, 1)), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => evaluator.Generation(new GenerationShape(1, 0)), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    /// <summary>Inside, ragged and hold of both phases.</summary>
    private static void Run(CompiledEvaluator evaluator, OperationCost[] costs)
    {
        foreach (var (batch, length) in Points)
        {
            evaluator.Context(new ContextShape(batch, length, 0));
            evaluator.Context(new ContextShape(batch, length, 1000), OperationSelection.ExceptAttention);
            evaluator.Generation(new GenerationShape(batch, length));
            evaluator.SweepGeneration(length, costs);
        }
    }

    private static bool IsSame(OperationCost a, OperationCost b) =>
        Math.Abs(a.LatencyMs - b.LatencyMs) <= Tolerance * b.LatencyMs
        && Math.Abs(a.EnergyMillijoules - b.EnergyMillijoules) <= Tolerance * b.EnergyMillijoules
        && Math.Abs(a.CoveredLatencyMs - b.CoveredLatencyMs) <= Tolerance * b.LatencyMs
        && a.Provenance == b.Provenance;
}
