using System.Globalization;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>A formula in place of a measurement, over the tokens of a step; it has no energy.</summary>
/// <param name="milliseconds">ms of one layer at so many tokens; NaN where the hardware has no rate for the number format.</param>
/// <param name="missing">Set in that case.</param>
internal sealed class EstimatedTokens(Operation operation, TokenBasis basis, Func<double, double> milliseconds, MissingHardwareRateException? missing = null)
    : TokenOperation(operation.Name, operation.Scale, basis)
{
    public override bool HasRate => missing is null;

    public override bool AlwaysAnswers => HasRate;

    public override OperationCost Evaluate(double tokens) => OperationCost.Estimated(milliseconds(tokens) * Scale);

    public override PerformanceException Miss(double tokens) =>
        (PerformanceException?)missing ?? new NoPerformanceDataException(string.Create(
            CultureInfo.InvariantCulture, $"Operation '{Name}': nothing to estimate {tokens} tokens from."));
}
