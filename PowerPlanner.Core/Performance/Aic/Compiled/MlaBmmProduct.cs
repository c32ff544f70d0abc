using System.Globalization;
using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>A batched product of absorbed projections over the tokens of a step.</summary>
/// <param name="share">Heads asked for over heads measured; above 0.</param>
/// <param name="table">What is looked up, for messages.</param>
/// <param name="missing">Set where the hardware has no rate for the number format.</param>
internal sealed class MlaBmmProduct(MlaBmmOperation operation, HeldTokenCurve curve, double share, string table, MissingHardwareRateException? missing)
    : TokenOperation(operation.Name, operation.Scale, TokenBasis.Tokens)
{
    public override bool HasRate => missing is null;

    public override OperationCost Evaluate(double tokens)
    {
        var answer = curve.Evaluate(tokens);
        var latency = answer.LatencyMs * share * Scale;
        var energy = answer.EnergyMillijoules * share * Scale;
        return new OperationCost(latency, energy, energy > 0 ? latency : 0, share == 1 ? answer.Provenance : Provenance.Extrapolated);
    }

    public override PerformanceException Miss(double tokens) =>
        (PerformanceException?)missing ?? new NoPerformanceDataException(string.Create(
            CultureInfo.InvariantCulture, $"Operation '{Name}': {table} has no answer for {tokens} tokens."));
}
