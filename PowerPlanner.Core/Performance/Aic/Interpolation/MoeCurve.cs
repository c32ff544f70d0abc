namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Measured experts over the tokens that reach them (specification 4.6, 2.4): lines inside, the end point's utilization beyond. A curve of
/// one point answers at it and above. Immutable.
/// </summary>
internal sealed class MoeCurve
{
    private readonly TokenCurve _inside;
    private readonly MoeRoofline _roofline;
    private readonly (double Tokens, Leaf Leaf) _first;
    private readonly (double Tokens, Leaf Leaf) _last;

    /// <param name="points">Measurements by tokens; at least one.</param>
    /// <param name="roofline">Their speed of light.</param>
    public MoeCurve(SortedDictionary<long, Leaf> points, MoeRoofline roofline)
    {
        _roofline = roofline;
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
        tokens > _last.Tokens ? Hold(_last, tokens)
        : tokens >= _first.Tokens ? _inside.Evaluate(tokens)
        : _first.Tokens == _last.Tokens ? TableAnswer.None
        : Hold(_first, tokens);

    private TableAnswer Hold((double Tokens, Leaf Leaf) end, double tokens)
    {
        var (here, there) = (_roofline.Ms(tokens), _roofline.Ms(end.Tokens));
        return here > 0 && there > 0 && end.Leaf.LatencyMs > 0
            ? new TableAnswer(here / (there / end.Leaf.LatencyMs), end.Leaf.PowerWatts, Provenance.Extrapolated)
            : TableAnswer.None;
    }
}
