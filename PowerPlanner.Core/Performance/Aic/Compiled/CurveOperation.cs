using System.Globalization;
using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>A token operation that is one curve: matrix products, collectives, memory operations.</summary>
/// <param name="table">What is looked up, for messages.</param>
/// <param name="missing">Set where the hardware has no rate for the number format, which then is why an answer is missing.</param>
internal sealed class CurveOperation(string name, double scale, TokenBasis basis, TokenCurve curve, string table, MissingHardwareRateException? missing = null)
    : TokenOperation(name, scale, basis)
{
    public TokenCurve Curve => curve;

    public override bool AlwaysAnswers
    {
        get
        {
            foreach (ref readonly var piece in curve.Pieces)
            {
                if (!piece.HasData)
                {
                    return false;
                }
            }

            return missing is null;
        }
    }

    public override OperationCost Evaluate(double tokens)
    {
        var answer = curve.Evaluate(tokens);
        var energy = answer.EnergyMillijoules;
        return new OperationCost(
            answer.LatencyMs * Scale, energy * Scale, energy > 0 ? answer.LatencyMs * Scale : 0, answer.Provenance);
    }

    public override PerformanceException Miss(double tokens) =>
        (PerformanceException?)missing ?? new NoPerformanceDataException(string.Create(
            CultureInfo.InvariantCulture, $"Operation '{Name}': {table} has no answer for {tokens} rows: too far from every measured shape."));

    /// <summary>A formula: a constant and a time per token.</summary>
    public static CurveOperation Formula(string name, double scale, double constantMs, double perTokenMs)
    {
        var builder = new TokenCurveBuilder();
        builder.AddLine(1, constantMs + perTokenMs, perTokenMs, 0, 0, Provenance.Modelled);
        return new CurveOperation(name, scale, TokenBasis.Tokens, builder.Build(), "formula");
    }
}
