namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>A sum of table answers. Its default is the empty sum, as sure as a measurement.</summary>
internal struct TableSum
{
    public double LatencyMs;
    public double EnergyMillijoules;
    public Provenance Provenance;

    public void Add(double latencyMs, double powerWatts, Provenance provenance)
    {
        LatencyMs += latencyMs;
        EnergyMillijoules += latencyMs * powerWatts;
        Provenance = provenance > Provenance ? provenance : Provenance;
    }
}
