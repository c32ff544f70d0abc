namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Measured batched products over tokens (specification 4.8, 2.4): lines inside, the end point's utilization beyond. Immutable.
/// </summary>
internal sealed class MlaBmmCurve
{
    private readonly TokenCurve _inside;
    private readonly MlaBmmRoofline _roofline;
    private readonly double _heads;
    private readonly (double Tokens, Leaf Leaf) _first;
    private readonly (double Tokens, Leaf Leaf) _last;

    /// <param name="points">Measurements by tokens; at least one.</param>
    /// <param name="roofline">Their speed of light.</param>
    /// <param name="heads">Heads that were measured.</param>
    public MlaBmmCurve(SortedDictionary<long, Leaf> points, MlaBmmRoofline roofline, double heads)
    {
        _roofline = roofline;
        _heads = heads;
        var builder = new TokenCurveBuilder();
        (double Tokens, Leaf Leaf)? earlier = null;
        foreach (var (tokens, leaf) in points)
        {
            if (earlier is { } before && before.Tokens + 1 < tokens)
            {
                builder.AddBetween(before.Tokens + 1, before.Tokens, before.Leaf, tokens, leaf, Provenance.Interpolated);
            }

            builder.AddLine(tokens, leaf.LatencyMs, 0, leaf.PowerWatts, 0, Provenance.Measured);
            earlier ??= _first = (tokens, leaf);
            earlier = _last = (tokens, leaf);
        }

        _inside = builder.Build();
    }

    /// <param name="tokens">A whole number, at least 1.</param>
    public TableAnswer Evaluate(double tokens) =>
        tokens > _last.Tokens ? Hold(_last, tokens) : tokens >= _first.Tokens ? _inside.Evaluate(tokens) : Hold(_first, tokens);

    private TableAnswer Hold((double Tokens, Leaf Leaf) end, double tokens)
    {
        var (here, there) = (_roofline.Ms(tokens, _heads), _roofline.Ms(end.Tokens, _heads));
        return here > 0 && there > 0 && end.Leaf.LatencyMs > 0
            ? new TableAnswer(here / (there / end.Leaf.LatencyMs), end.Leaf.PowerWatts, Provenance.Extrapolated)
            : TableAnswer.None;
    }
}
