namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Measurements over tokens (specification 2.4): lines inside, the end point's utilization beyond. Immutable.
/// </summary>
internal sealed class HeldTokenCurve
{
    private readonly TokenCurve _inside;
    private readonly Func<double, double> _roofline;
    private readonly bool _holdsBelow;
    private readonly End _first;
    private readonly End _last;

    /// <param name="points">Measurements by tokens; at least one.</param>
    /// <param name="roofline">Their speed of light at so many tokens, ms; asked for the ends, and beyond them.</param>
    /// <param name="isSinglePointHeldBelow">Whether a curve of one point answers below it, as it does above.</param>
    public HeldTokenCurve(SortedDictionary<long, Leaf> points, Func<double, double> roofline, bool isSinglePointHeldBelow)
    {
        _roofline = roofline;
        _holdsBelow = isSinglePointHeldBelow || points.Count > 1;
        var builder = new TokenCurveBuilder();
        KeyValuePair<long, Leaf>? earlier = null;
        foreach (var point in points)
        {
            var (tokens, leaf) = (point.Key, point.Value);
            if (earlier is { } before && before.Key + 1 < tokens)
            {
                builder.AddBetween(before.Key + 1, before.Key, before.Value, tokens, leaf, Provenance.Interpolated);
            }

            builder.AddLine(tokens, leaf.LatencyMs, 0, leaf.PowerWatts, 0, Provenance.Measured);
            earlier = point;
        }

        _inside = builder.Build();
        _first = EndAt(points.First());
        _last = EndAt(points.Last());
    }

    /// <param name="tokens">A whole number, at least 1.</param>
    public TableAnswer Evaluate(double tokens) =>
        tokens > _last.Tokens ? Hold(_last, tokens)
        : tokens >= _first.Tokens ? _inside.Evaluate(tokens)
        : _holdsBelow ? Hold(_first, tokens)
        : TableAnswer.None;

    private TableAnswer Hold(in End end, double tokens)
    {
        var here = _roofline(tokens);
        return here > 0 && end.Utilization > 0 ? new TableAnswer(here / end.Utilization, end.PowerWatts, Provenance.Extrapolated) : TableAnswer.None;
    }

    private End EndAt(KeyValuePair<long, Leaf> point)
    {
        var (tokens, leaf) = (point.Key, point.Value);
        return new End(tokens, leaf.LatencyMs > 0 ? _roofline(tokens) / leaf.LatencyMs : double.NaN, leaf.PowerWatts);
    }

    /// <param name="Utilization">Speed of light over latency; not above 0 where the point cannot be held.</param>
    private readonly record struct End(double Tokens, double Utilization, double PowerWatts);
}
