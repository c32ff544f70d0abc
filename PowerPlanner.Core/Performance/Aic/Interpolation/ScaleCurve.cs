namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Cost of making or applying activation scales of an m × k matrix over m, k fixed (specification 4.1): clamped to the measured range,
/// then, where asked, multiplied by the ratio of the asked matrix to the clamped one.
/// </summary>
internal sealed class ScaleCurve
{
    private readonly Grid<ProductRoofline> _grid;
    private readonly double _k;
    private readonly double _clampedK;
    private readonly double _firstM;
    private readonly double _lastM;
    private readonly bool _scaled;

    /// <param name="points">m as outer, k as inner axis; ascending and distinct; at least one.</param>
    /// <param name="k">Columns of the activations.</param>
    /// <param name="scaled">Whether the clamped value is scaled back.</param>
    public ScaleCurve(ReadOnlySpan<GridPoint> points, double k, bool scaled)
    {
        var (firstK, lastK) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var point in points)
        {
            firstK = Math.Min(firstK, point.Inner);
            lastK = Math.Max(lastK, point.Inner);
        }

        _grid = new Grid<ProductRoofline>(points, default, first: 1, squareRoot: false);
        _k = k;
        _clampedK = Math.Clamp(k, firstK, lastK);
        _firstM = points[0].Outer;
        _lastM = points[^1].Outer;
        _scaled = scaled;
    }

    public TableAnswer Evaluate(double m)
    {
        var clampedM = Math.Clamp(m, _firstM, _lastM);
        var answer = _grid.Evaluate(clampedM, _clampedK);
        if (clampedM == m && _clampedK == _k)
        {
            return answer;
        }

        var factor = _scaled ? m * _k / (clampedM * _clampedK) : 1;
        return new TableAnswer(answer.LatencyMs * factor, answer.PowerWatts, Provenance.Extrapolated);
    }
}
