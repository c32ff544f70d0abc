using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>
/// Costs of the steps of one engine: its operation lists looked up in one database. Implemented by the compiled evaluator and, in the
/// tests, by the literal interpreter of the specification that is its oracle.
/// </summary>
/// <remarks>Every method but <see cref="TryGeneration"/> throws <see cref="NoPerformanceDataException"/> where a table has no answer.</remarks>
internal interface IStepEvaluator
{
    OperationCost Context(ContextShape shape, OperationSelection selection = OperationSelection.All);

    OperationCost Generation(GenerationShape shape, OperationSelection selection = OperationSelection.All);

    /// <summary>As <see cref="Generation"/>, with a NaN latency instead of an exception where a table has no answer.</summary>
    OperationCost TryGeneration(in GenerationShape shape, OperationSelection selection = OperationSelection.All)
    {
        try
        {
            return Generation(shape, selection);
        }
        catch (NoPerformanceDataException)
        {
            return OperationCost.Zero with { LatencyMs = double.NaN };
        }
    }

    /// <summary>
    /// Generation steps of the batches 1 … <c>costs.Length</c> at one sequence length; batch b goes into element b − 1, with a NaN latency
    /// where a table has no answer. Evaluators override it where a sweep is cheaper than its parts.
    /// </summary>
    void SweepGeneration(long sequenceLength, Span<OperationCost> costs)
    {
        for (var i = 0; i < costs.Length; i++)
        {
            costs[i] = TryGeneration(new GenerationShape(i + 1, sequenceLength));
        }
    }

    /// <summary>What the latency of <see cref="Context"/> is made of; pure compute, the slowest under a cap, by default.</summary>
    StepBalance ContextBalance(ContextShape shape) => default;

    /// <summary>
    /// What the latencies of generation steps are made of; element i is a batch of (<paramref name="firstBatch"/> + i) · <paramref name="rowsPerSequence"/>. Pure compute by default.
    /// </summary>
    void SweepGenerationBalance(long sequenceLength, long firstBatch, int rowsPerSequence, Span<StepBalance> balances) => balances.Clear();

    /// <summary>Costs by name, in the order of the list; operations that share a name are folded.</summary>
    IReadOnlyList<NamedOperationCost> ContextOperations(ContextShape shape);

    /// <summary>Costs by name, in the order of the list; operations that share a name are folded.</summary>
    IReadOnlyList<NamedOperationCost> GenerationOperations(GenerationShape shape);
}
