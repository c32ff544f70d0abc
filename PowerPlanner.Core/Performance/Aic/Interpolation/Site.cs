namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>One measured weight shape and its curve over the rows m.</summary>
/// <param name="ordinal">Its number in the walk over the table, which breaks ties of distance.</param>
internal sealed class Site(int ordinal, long n, long k, GemmRoofline roofline)
{
    private const int TailLength = 3;

    private readonly List<(double M, Leaf Leaf)> _points = [];

    public int Ordinal => ordinal;

    public long N => n;

    public long K => k;

    public GemmRoofline Roofline => roofline;

    public double FirstM => _points[0].M;

    public double LastM => _points[^1].M;

    public void Add(long m, double latencyMs, double powerWatts)
    {
        // Where the hardware has no rate for the format there is no bound: NaN, and no clamp.
        var bound = roofline.Ms(m);
        _points.Add((m, double.IsNaN(bound) ? Leaf.Measured(latencyMs, powerWatts) : Leaf.NoFasterThan(bound, latencyMs, powerWatts)));
    }

    /// <summary>Sorts the curve once all points are there.</summary>
    public void Complete() => _points.Sort(static (left, right) => left.M.CompareTo(right.M));

    public bool Covers(double m) => FirstM <= m && m <= LastM;

    /// <summary>Adds the measured m from <paramref name="start"/> to <paramref name="end"/>, both included.</summary>
    public void AddNodes(SortedSet<double> nodes, double start, double end)
    {
        foreach (var (m, _) in _points)
        {
            if (m >= start && m <= end)
            {
                nodes.Add(m);
            }
        }
    }

    /// <summary>Value and slope of the curve at a covered m, valid up to the next measured m.</summary>
    public (double LatencyMs, double LatencySlope, double PowerWatts, double PowerSlope) LineFrom(double m)
    {
        var i = _points.Count - 1;
        while (_points[i].M > m)
        {
            i--;
        }

        var (a, atA) = _points[i];
        if (i + 1 == _points.Count)
        {
            return (atA.LatencyMs, 0, atA.PowerWatts, 0);
        }

        var (b, atB) = _points[i + 1];
        var latencySlope = (atB.LatencyMs - atA.LatencyMs) / (b - a);
        var powerSlope = (atB.PowerWatts - atA.PowerWatts) / (b - a);
        return (atA.LatencyMs + (latencySlope * (m - a)), latencySlope, atA.PowerWatts + (powerSlope * (m - a)), powerSlope);
    }

    /// <summary>Median utilization and power of the three points at the end that <paramref name="m"/> lies beyond; null where none is valid.</summary>
    public (double Utilization, double PowerWatts)? Tail(double m)
    {
        var utilizations = new List<double>(TailLength);
        var powers = new List<double>(TailLength);
        var count = Math.Min(TailLength, _points.Count);
        var first = m < FirstM ? 0 : _points.Count - count;
        foreach (var (at, leaf) in _points.GetRange(first, count))
        {
            var bound = roofline.Ms(at);
            if (double.IsFinite(bound) && bound > 0 && double.IsFinite(leaf.LatencyMs) && leaf.LatencyMs > 0)
            {
                utilizations.Add(bound / leaf.LatencyMs);
                powers.Add(leaf.PowerWatts);
            }
        }

        return utilizations.Count == 0 ? null : (Median(utilizations), Median(powers));
    }

    /// <summary>The whole curve, tails included, as pieces.</summary>
    public void AddCurve(TokenCurveBuilder builder)
    {
        if (FirstM > 1)
        {
            AddTail(builder, 1, FirstM - 1);
        }

        for (var i = 0; i < _points.Count; i++)
        {
            var (m, leaf) = _points[i];
            builder.AddLine(m, leaf.LatencyMs, 0, leaf.PowerWatts, 0, Provenance.Measured);
            if (i + 1 < _points.Count && _points[i + 1].M > m + 1)
            {
                builder.AddBetween(m + 1, m, leaf, _points[i + 1].M, _points[i + 1].Leaf, Provenance.Interpolated);
            }
        }

        AddTail(builder, LastM + 1, double.PositiveInfinity);
    }

    private void AddTail(TokenCurveBuilder builder, double start, double end)
    {
        if (Tail(start) is { } tail)
        {
            builder.AddRoofline(start, end, roofline, tail.Utilization, tail.PowerWatts, Provenance.Extrapolated);
        }
        else
        {
            builder.AddNoData(start);
        }
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        var middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
