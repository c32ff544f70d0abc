using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>What a table answers for one point (specification 2.1).</summary>
internal readonly record struct TableAnswer(double LatencyMs, double PowerWatts, double EnergyMillijoules, Provenance Provenance)
{
    /// <summary>An exact hit: the leaf with the energy that it stores.</summary>
    public static TableAnswer Exact(Leaf leaf) => new(leaf.LatencyMs, leaf.BlendedPowerWatts, leaf.EnergyMillijoules, Provenance.Measured);

    /// <summary>Anything else: energy is the interpolated power over the latency.</summary>
    public static TableAnswer Estimated(double latencyMs, double powerWatts, Provenance provenance) =>
        new(latencyMs, powerWatts, powerWatts * latencyMs, provenance);

    public static TableAnswer operator *(TableAnswer answer, double factor) =>
        answer with { LatencyMs = answer.LatencyMs * factor, EnergyMillijoules = answer.EnergyMillijoules * factor };
}
