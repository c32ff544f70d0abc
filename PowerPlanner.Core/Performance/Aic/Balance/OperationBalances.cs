using System.Buffers;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;
using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Performance.Aic.Balance;

/// <summary>Sums up what steps are made of: each operation's latency from the tables, its balance from its own roofline.</summary>
internal sealed class OperationBalances(AicSystem system)
{
    private readonly OperationRoofline _roofline = new(system);

    public StepBalance Context(CompiledOperation[] operations, in ContextShape shape)
    {
        var balance = default(StepBalance);
        foreach (var operation in operations)
        {
            Add(ref balance, operation.Context(shape).LatencyMs, _roofline.Context(operation.Source, shape));
        }

        return balance;
    }

    /// <summary>Generation steps at one sequence length; element i is a batch of (<paramref name="firstBatch"/> + i) · <paramref name="rowsPerSequence"/>.</summary>
    public void SweepGeneration(CompiledOperation[] operations, long sequenceLength, long firstBatch, int rowsPerSequence, Span<StepBalance> balances)
    {
        balances.Clear();
        var rented = ArrayPool<OperationCost>.Shared.Rent(balances.Length);
        var costs = rented.AsSpan(0, balances.Length);
        foreach (var operation in operations)
        {
            if (rowsPerSequence == 1)
            {
                costs.Clear();
                operation.AddGenerationSweep(sequenceLength, firstBatch, costs);
            }

            for (var i = 0; i < costs.Length; i++)
            {
                var shape = new GenerationShape((firstBatch + i) * rowsPerSequence, sequenceLength);
                var latency = rowsPerSequence == 1 ? costs[i].LatencyMs : operation.Generation(shape).LatencyMs;
                Add(ref balances[i], latency, _roofline.Generation(operation.Source, shape));
            }
        }

        ArrayPool<OperationCost>.Shared.Return(rented);
    }

    /// <summary>A step without data gets a balance without meaning, which nobody looks at; a NaN is none.</summary>
    private static void Add(ref StepBalance balance, double latencyMs, double computeToMemory)
    {
        if (latencyMs > 0)
        {
            balance = balance.With(latencyMs, double.IsNaN(computeToMemory) ? double.PositiveInfinity : computeToMemory);
        }
    }
}
