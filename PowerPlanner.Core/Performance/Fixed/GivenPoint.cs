namespace PowerPlanner.Performance.Fixed;

/// <summary>Latency and power as a user states them.</summary>
internal static class GivenPoint
{
    /// <summary>An estimate with full coverage, or with none where the power is unknown (null or 0).</summary>
    public static StepEstimate Estimate(double latencyMs, double? powerWatts, Provenance provenance, string latencyName, string powerName)
    {
        Guard.FinitePositive(latencyMs, latencyName);
        if (powerWatts is not { } watts || watts == 0)
        {
            return new StepEstimate(latencyMs, null, 0, provenance);
        }

        Guard.FiniteNonNegative(watts, powerName);
        return new StepEstimate(latencyMs, watts, 1, provenance);
    }
}
