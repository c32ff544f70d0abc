namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>
/// Collects the measurements of one slice of a table, in the order in which look-ups go through them too: grids and curves ascending by key, matrix
/// products as first seen. Not thread-safe.
/// </summary>
internal sealed class UtilizationSamples
{
    private readonly HashSet<(double, double, double)> _claimed = [];
    private readonly List<UtilizationSample> _samples = [];

    public bool IsEmpty => _samples.Count == 0;

    /// <summary>Adds a measurement; of a key only the first counts, and only with a latency and a speed of light above 0.</summary>
    public void Add(double first, double second, double third, double latencyMs, double lightMs)
    {
        if (_claimed.Add((first, second, third)) && latencyMs > 0 && lightMs > 0)
        {
            _samples.Add(new UtilizationSample(first, second, third, lightMs / latencyMs));
        }
    }

    /// <param name="along">The axis with the most measurements, 0 to 2.</param>
    /// <param name="factor">What every utilization is multiplied by: what a slice that stands in for another reaches more or less than it.</param>
    public UtilizationTable Build(int along, double factor = 1) => new(_samples, along, factor);
}
