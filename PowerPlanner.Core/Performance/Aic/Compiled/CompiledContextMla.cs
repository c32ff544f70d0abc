using System.Globalization;
using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Prefill over compressed keys and values, kernel or module: the grid at the full sequence, less the share of the cached prefix.</summary>
/// <param name="table">What is looked up, for messages.</param>
/// <param name="missing">Set where the hardware has no rate for the number format.</param>
internal sealed class CompiledContextMla(string name, double scale, Grid<ContextMlaRoofline> grid, string table, MissingHardwareRateException? missing)
    : CompiledOperation(name, scale)
{
    public override bool HasRate => missing is null;

    public override bool AlwaysAnswers => HasRate && grid.AnswersEverywhere;

    public override OperationCost Context(in ContextShape shape)
    {
        double full = shape.FullSequence;
        double prefix = shape.Prefix;
        var answer = grid.Evaluate(full, shape.Batch);
        var share = ((full * full) - (prefix * prefix)) / (full * full) * Scale;
        var energy = answer.EnergyMillijoules * share;
        var latency = answer.LatencyMs * share;
        return new OperationCost(latency, energy, energy > 0 ? latency : 0, answer.Provenance);
    }

    public override OperationCost Generation(in GenerationShape shape) => Context(new ContextShape(shape.Batch, 1, shape.SequenceLength - 1));

    public override PerformanceException ContextMiss(in ContextShape shape) =>
        (PerformanceException?)missing ?? new NoPerformanceDataException(string.Create(
            CultureInfo.InvariantCulture, $"Operation '{Name}': {table} has no answer for a sequence of {shape.FullSequence} at batch {shape.Batch}."));

    public override PerformanceException GenerationMiss(in GenerationShape shape) => ContextMiss(new ContextShape(shape.Batch, 1, shape.SequenceLength - 1));
}
