using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>A matrix product less the cost of dynamic scales, never below its speed of light (specification 4.1).</summary>
internal sealed class StaticScaleOperation(CurveOperation product, ScaleCurve computeScale, ScaleCurve? scaleMatrix, GemmRoofline roofline)
    : TokenOperation(product.Name, product.Scale, product.Basis)
{
    public override OperationCost Evaluate(double tokens)
    {
        var answer = product.Curve.Evaluate(tokens);
        var (latency, energy, provenance) = (answer.LatencyMs, answer.EnergyMillijoules, answer.Provenance);
        Subtract(computeScale, tokens, ref latency, ref energy, ref provenance);
        if (scaleMatrix is not null)
        {
            Subtract(scaleMatrix, tokens, ref latency, ref energy, ref provenance);
        }

        latency = Math.Max(latency, roofline.Ms(tokens)) * Scale;
        energy = Math.Max(energy, 0) * Scale;
        return new OperationCost(latency, energy, energy > 0 ? latency : 0, provenance);
    }

    public override PerformanceException Miss(double tokens) => product.Miss(tokens);

    private static void Subtract(ScaleCurve part, double tokens, ref double latency, ref double energy, ref Provenance provenance)
    {
        var answer = part.Evaluate(tokens);
        latency -= answer.LatencyMs;
        energy -= answer.EnergyMillijoules;
        provenance = OperationCost.Combine(provenance, answer.Provenance);
    }
}
