namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>Puts a <see cref="TokenCurve"/> together, piece by piece in ascending order.</summary>
internal sealed class TokenCurveBuilder
{
    private readonly List<TokenPiece> _pieces = [];
    private readonly List<TokenBlend> _blends = [];
    private readonly List<TokenBlendWeights> _weights = [];

    /// <summary>A line from <paramref name="start"/> on; one that starts where the last piece starts replaces it.</summary>
    public void AddLine(double start, double latencyMs, double latencySlope, double powerWatts, double powerSlope, Provenance provenance) =>
        Add(new TokenPiece(start, latencyMs, latencySlope, powerWatts, powerSlope, -1, provenance, latencyMs * powerWatts > 0));

    public void AddNoData(double start) => Add(new TokenPiece(start, double.NaN, 0, double.NaN, 0, -1, Provenance.Modelled, false));

    /// <summary>A straight line between two measured points a and b, from <paramref name="start"/> (not before a) to before b.</summary>
    public void AddBetween(double start, double a, Leaf atA, double b, Leaf atB, Provenance provenance)
    {
        var latencySlope = (atB.LatencyMs - atA.LatencyMs) / (b - a);
        var powerSlope = (atB.PowerWatts - atA.PowerWatts) / (b - a);
        AddLine(start, atA.LatencyMs + (latencySlope * (start - a)), latencySlope, atA.PowerWatts + (powerSlope * (start - a)), powerSlope, provenance);
    }

    /// <summary>A constant share of a roofline: two lines, the memory-bound one first.</summary>
    /// <param name="end">Last token count; may be infinite.</param>
    public void AddRoofline(double start, double end, GemmRoofline roofline, double utilization, double powerWatts, Provenance provenance)
    {
        if (double.IsNaN(roofline.ComputeMs) || !double.IsFinite(utilization))
        {
            AddNoData(start);
            return;
        }

        // Memory bounds as long as ComputeMs · m < MemoryMs · m + WeightMs.
        var crossing = roofline.ComputeMs > roofline.MemoryMs
            ? Math.Ceiling(roofline.WeightMs / (roofline.ComputeMs - roofline.MemoryMs))
            : double.PositiveInfinity;
        if (start < crossing)
        {
            AddLine(start, ((roofline.MemoryMs * start) + roofline.WeightMs) / utilization, roofline.MemoryMs / utilization, powerWatts, 0, provenance);
        }

        // A shape so narrow that memory bounds it at every m has no crossing, not even at infinity.
        if (double.IsFinite(crossing) && crossing <= end)
        {
            var from = Math.Max(start, crossing);
            AddLine(from, roofline.ComputeMs * from / utilization, roofline.ComputeMs / utilization, powerWatts, 0, provenance);
        }
    }

    public int AddWeights(TokenBlendWeights weights)
    {
        _weights.Add(weights);
        return _weights.Count - 1;
    }

    public void AddBlend(double start, TokenBlend blend, double powerWatts, double powerSlope, Provenance provenance)
    {
        Add(new TokenPiece(start, double.NaN, 0, powerWatts, powerSlope, _blends.Count, provenance, powerWatts > 0));
        _blends.Add(blend);
    }

    public TokenCurve Build(GemmRoofline roofline = default) => new([.. _pieces], [.. _blends], [.. _weights], roofline);

    private void Add(TokenPiece piece)
    {
        if (_pieces.Count > 0 && _pieces[^1].Start >= piece.Start)
        {
            _pieces.RemoveAt(_pieces.Count - 1);
        }

        _pieces.Add(piece);
    }
}
