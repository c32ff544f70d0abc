namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>What a table says about a point; a NaN latency says that it has no answer there.</summary>
/// <param name="LatencyMs">ms.</param>
/// <param name="PowerWatts">Blended power, W; times the latency it is the energy.</param>
/// <param name="Provenance">How the answer was found.</param>
internal readonly record struct TableAnswer(double LatencyMs, double PowerWatts, Provenance Provenance)
{
    public static TableAnswer None => new(double.NaN, double.NaN, Provenance.Modelled);

    public bool HasData => !double.IsNaN(LatencyMs);

    public double EnergyMillijoules => LatencyMs * PowerWatts;
}
