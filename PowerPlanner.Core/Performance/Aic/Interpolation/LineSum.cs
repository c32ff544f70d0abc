namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// The sum of answers whose latency and power both are straight lines over the outer coordinate: again a line of latency, and a parabola of energy.
/// The coordinate counts from the first of a stretch. The default is the empty sum.
/// </summary>
internal struct LineSum
{
    private double _latencyMs;
    private double _latencySlope;
    private double _energyMillijoules;
    private double _energySlope;
    private double _energyCurvature;
    private Provenance _atFirst;
    private Provenance _beyond;

    /// <param name="first">The answer at the first coordinate.</param>
    /// <param name="latencySlope">ms each step.</param>
    /// <param name="powerSlope">W each step.</param>
    /// <param name="beyond">Provenance of the answers after the first.</param>
    public void Add(in TableAnswer first, double latencySlope, double powerSlope, Provenance beyond)
    {
        _latencyMs += first.LatencyMs;
        _latencySlope += latencySlope;
        _energyMillijoules += first.LatencyMs * first.PowerWatts;
        _energySlope += (first.LatencyMs * powerSlope) + (latencySlope * first.PowerWatts);
        _energyCurvature += latencySlope * powerSlope;
        _atFirst = first.Provenance > _atFirst ? first.Provenance : _atFirst;
        _beyond = beyond > _beyond ? beyond : _beyond;
    }

    public readonly void AddTo(GridSweep stretch)
    {
        var latencies = stretch.LatencyMs;
        var energies = stretch.EnergyMillijoules;
        for (var i = 0; i < latencies.Length; i++)
        {
            latencies[i] += _latencyMs + (_latencySlope * i);
            energies[i] += _energyMillijoules + (i * (_energySlope + (_energyCurvature * i)));
        }

        stretch.Slice(0, 1).Lower(_atFirst);
        stretch.Slice(1, stretch.Count - 1).Lower(_beyond);
    }
}
