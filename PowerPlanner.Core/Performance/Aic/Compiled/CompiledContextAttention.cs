using System.Globalization;
using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Prefill attention: the grid at the full sequence, less the share of the cached prefix, plus the fused extras.</summary>
/// <param name="extrasMs">Latency of the fused extras of one layer, ms; they have no energy.</param>
/// <param name="table">What is looked up, for messages.</param>
/// <param name="missing">Set where the hardware has no rate for the number format.</param>
internal sealed class CompiledContextAttention(
    string name, double scale, Grid<ContextAttentionRoofline> grid, double extrasMs, string table, MissingHardwareRateException? missing)
    : CompiledOperation(name, scale)
{
    public override OperationCost Context(in ContextShape shape)
    {
        if (SequenceSplit > 1)
        {
            return Shared(shape);
        }

        double full = shape.FullSequence;
        double prefix = shape.Prefix;
        var answer = grid.Evaluate(full, shape.Batch);
        var share = ((full * full) - (prefix * prefix)) / (full * full);
        var energy = answer.EnergyMillijoules * share * Scale;
        var latency = ((answer.LatencyMs * share) + extrasMs) * Scale;
        return new OperationCost(latency, energy, energy > 0 ? latency : 0, answer.Provenance);
    }

    /// <summary>
    /// Ranks that share a sequence take two chunks each, one from its front and one from its end, so that all have the same work. The rank with the last one
    /// counts (specification 4.3).
    /// </summary>
    private OperationCost Shared(in ContextShape shape)
    {
        var chunk = (shape.NewTokens + (2L * SequenceSplit) - 1) / (2L * SequenceSplit);
        var front = Table(chunk, shape.Prefix, shape.Batch);
        var end = Table(chunk, shape.Prefix + shape.NewTokens - chunk, shape.Batch);
        var energy = (front.EnergyMillijoules + end.EnergyMillijoules) * Scale;
        var latency = (front.LatencyMs + end.LatencyMs + extrasMs) * Scale;
        return new OperationCost(latency, energy, energy > 0 ? latency : 0, OperationCost.Combine(front.Provenance, end.Provenance));
    }

    private OperationCost Table(double fresh, double prefix, double batch)
    {
        var full = fresh + prefix;
        var answer = grid.Evaluate(full, batch);
        var share = ((full * full) - (prefix * prefix)) / (full * full);
        return new OperationCost(answer.LatencyMs * share, answer.EnergyMillijoules * share, 0, answer.Provenance);
    }

    public override OperationCost Generation(in GenerationShape shape) => Context(new ContextShape(shape.Batch, 1, shape.SequenceLength - 1));

    public override PerformanceException ContextMiss(in ContextShape shape) =>
        (PerformanceException?)missing ?? new NoPerformanceDataException(string.Create(
            CultureInfo.InvariantCulture, $"Operation '{Name}': {table} has no answer for a sequence of {shape.FullSequence} at batch {shape.Batch}."));

    public override PerformanceException GenerationMiss(in GenerationShape shape) => ContextMiss(new ContextShape(shape.Batch, 1, shape.SequenceLength - 1));
}
