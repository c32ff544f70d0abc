namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>One measured cell (specification 1.6, 2.1).</summary>
/// <param name="LatencyMs">ms.</param>
/// <param name="PowerWatts">W; 0 where the table has none.</param>
/// <param name="EnergyMillijoules">Stored when the row was read; a later clamp of the latency leaves it alone.</param>
internal readonly record struct Leaf(double LatencyMs, double PowerWatts, double EnergyMillijoules)
{
    public double BlendedPowerWatts => EnergyMillijoules > 0 && LatencyMs > 0 ? EnergyMillijoules / LatencyMs : PowerWatts;

    public static Leaf FromRow(double latencyMs, double powerWatts) => new(latencyMs, powerWatts, powerWatts * latencyMs);

    /// <summary>The clamp at load of GEMM and generation attention: no faster than light, at the energy that was measured.</summary>
    public Leaf NoFasterThan(double speedOfLightMs) => this with { LatencyMs = Math.Max(LatencyMs, speedOfLightMs) };
}
