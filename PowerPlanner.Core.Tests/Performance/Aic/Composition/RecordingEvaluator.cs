using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Composition;

/// <summary>Writes down what is asked and answers with fixed costs: 1 ms a context step, 10 ms a generation step, or none beyond a batch.</summary>
internal sealed class RecordingEvaluator(long largestBatch = long.MaxValue) : IStepEvaluator
{
    public static readonly OperationCost ContextCost = new(1, 300, 0.5, Provenance.Measured);
    public static readonly OperationCost GenerationCost = new(10, 2000, 8, Provenance.Interpolated);

    public List<string> Asked { get; } = [];

    public OperationCost Context(ContextShape shape, OperationSelection selection = OperationSelection.All)
    {
        Asked.Add($"context {selection} {shape.Batch} × {shape.NewTokens} + {shape.Prefix}");
        return ContextCost;
    }

    public OperationCost Generation(GenerationShape shape, OperationSelection selection = OperationSelection.All)
    {
        Asked.Add($"generation {selection} {shape.Batch} at {shape.SequenceLength}");
        return shape.Batch <= largestBatch ? GenerationCost : throw new NoPerformanceDataException($"Batch {shape.Batch}.");
    }

    public IReadOnlyList<NamedOperationCost> ContextOperations(ContextShape shape) => [new("a", Context(shape)), new("b", OperationCost.Zero)];

    public IReadOnlyList<NamedOperationCost> GenerationOperations(GenerationShape shape) => [new("a", Generation(shape)), new("b", OperationCost.Zero)];
}
