namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// One measurement, as every resolver uses it (specification 2.1): the latency and the power that blends. Its energy is their product,
/// for an exact hit too, because a stored energy is power times the latency that was measured.
/// </summary>
/// <param name="LatencyMs">ms; finite.</param>
/// <param name="PowerWatts">Energy over latency where both are above 0, else the stored power; 0 where none was measured.</param>
internal readonly record struct Leaf(double LatencyMs, double PowerWatts)
{
    public static Leaf Measured(double latencyMs, double powerWatts) => NoFasterThan(double.NegativeInfinity, latencyMs, powerWatts);

    /// <summary>
    /// A measurement that beats the speed of light is lifted to it while its stored energy stays (specification 1.6), so that its
    /// effective power falls.
    /// </summary>
    public static Leaf NoFasterThan(double boundMs, double latencyMs, double powerWatts)
    {
        var energy = powerWatts * latencyMs;
        var latency = Math.Max(latencyMs, boundMs);
        return new Leaf(latency, energy > 0 && latency > 0 ? energy / latency : powerWatts);
    }
}
