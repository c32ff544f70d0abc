using System.Globalization;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>A formula in place of a measurement, over sequences and their lengths; it has no energy.</summary>
/// <param name="milliseconds">ms of one layer for sequences, new tokens of each, tokens of each in the cache; NaN where the hardware has no rate for a number format.</param>
/// <param name="missing">Set in that case.</param>
internal sealed class EstimatedStep(Operation operation, EstimatedStep.Milliseconds milliseconds, MissingHardwareRateException? missing = null)
    : CompiledOperation(operation.Name, operation.Scale)
{
    /// <summary>ms of one layer. In a generation step one token of each sequence is new.</summary>
    public delegate double Milliseconds(double batch, double newTokens, double prefix);

    public override bool HasRate => missing is null;

    public override bool AlwaysAnswers => HasRate;

    public override OperationCost Context(in ContextShape shape) => OperationCost.Estimated(milliseconds(shape.Batch, shape.NewTokens, shape.Prefix) * Scale);

    public override OperationCost Generation(in GenerationShape shape) => OperationCost.Estimated(milliseconds(shape.Batch, 1, shape.SequenceLength - 1) * Scale);

    public override PerformanceException ContextMiss(in ContextShape shape) => Miss(shape.Batch, shape.FullSequence);

    public override PerformanceException GenerationMiss(in GenerationShape shape) => Miss(shape.Batch, shape.SequenceLength);

    private PerformanceException Miss(long batch, long sequence) =>
        (PerformanceException?)missing ?? new NoPerformanceDataException(string.Create(
            CultureInfo.InvariantCulture, $"Operation '{Name}': nothing to estimate batch {batch} at a sequence of {sequence} from."));
}
