using System.Globalization;
using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Decode over compressed keys and values, kernel or module: the grid at the asked length.</summary>
/// <param name="table">What is looked up, for messages.</param>
/// <param name="missing">Set where the hardware has no rate for a number format.</param>
internal sealed class CompiledGenerationMla(string name, double scale, Grid<GenerationMlaRoofline> grid, string table, MissingHardwareRateException? missing)
    : CompiledOperation(name, scale)
{
    public override bool HasRate => missing is null;

    public override bool AlwaysAnswers => HasRate && grid.AnswersEverywhere;

    public override OperationCost Generation(in GenerationShape shape)
    {
        var answer = grid.Evaluate(shape.Batch, shape.SequenceLength);
        var energy = answer.EnergyMillijoules * Scale;
        var latency = answer.LatencyMs * Scale;
        return new OperationCost(latency, energy, energy > 0 ? latency : 0, answer.Provenance);
    }

    public override OperationCost Context(in ContextShape shape) => Generation(new GenerationShape(shape.Batch, shape.FullSequence));

    public override PerformanceException GenerationMiss(in GenerationShape shape) =>
        (PerformanceException?)missing ?? new NoPerformanceDataException(string.Create(
            CultureInfo.InvariantCulture, $"Operation '{Name}': {table} has no answer for batch {shape.Batch} at a sequence of {shape.SequenceLength}."));

    public override PerformanceException ContextMiss(in ContextShape shape) => GenerationMiss(new GenerationShape(shape.Batch, shape.FullSequence));
}
