using System.Runtime.CompilerServices;

namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// The measurements of a grid at one key of its first axis: rows over the outer axis, each measured over its own, ragged stretch of the
/// inner axis. Rows are sampled at the inner keys of all rows, so that one search serves both neighbours; between its own keys a row is a
/// straight line, which the sampling does not change.
/// </summary>
internal sealed class GridPlane
{
    private readonly KeyIndex _outer;
    private readonly KeyIndex _inner;
    private readonly Row[] _rows;
    private readonly Cell[] _cells;

    /// <param name="points">Ascending, distinct, of one first key; at least one.</param>
    public GridPlane(ReadOnlySpan<GridPoint> points)
    {
        var outer = new SortedSet<double>();
        var inner = new SortedSet<double>();
        foreach (var point in points)
        {
            outer.Add(point.Outer);
            inner.Add(point.Inner);
        }

        _outer = new KeyIndex([.. outer]);
        _inner = new KeyIndex([.. inner]);
        _rows = new Row[_outer.Count];
        _cells = new Cell[_outer.Count * _inner.Count];
        for (var row = 0; row < _rows.Length; row++)
        {
            var count = 1;
            while (count < points.Length && points[count].Outer == points[0].Outer)
            {
                count++;
            }

            FillRow(row, points[..count]);
            points = points[count..];
        }
    }

    public KeyIndex Outer => _outer;

    public KeyIndex Inner => _inner;

    /// <summary>Whether a row answers at an inner coordinate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Answers(int row, double inner) => inner >= _rows[row].First && inner <= _rows[row].Last;

    /// <summary>The answer of a row that <see cref="Answers"/>.</summary>
    /// <param name="row">Index of the outer key.</param>
    /// <param name="interval">Index of the last inner key not above <paramref name="inner"/>.</param>
    /// <param name="inner">Coordinate.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TableAnswer InRow(int row, int interval, double inner)
    {
        ref readonly var cell = ref _cells[(row * _inner.Count) + interval];
        var x = inner - _inner[interval];
        return new TableAnswer(
            cell.LatencyMs + (cell.LatencySlope * x),
            cell.PowerWatts + (cell.PowerSlope * x),
            x == 0 ? cell.AtKey : Provenance.Interpolated);
    }

    /// <summary>The plane's answer; none where it is out of range (specification 2.2).</summary>
    /// <param name="roofline">Carries a lone neighbour along the outer axis.</param>
    /// <param name="first">The query's own first coordinate, which need not be this plane's key.</param>
    /// <param name="outer">Coordinate.</param>
    /// <param name="inner">Coordinate.</param>
    /// <param name="squareRoot">Whether latencies blend as square roots along the outer axis.</param>
    public TableAnswer Evaluate<TRoofline>(in TRoofline roofline, double first, double outer, double inner, bool squareRoot)
        where TRoofline : struct, IGridRoofline
    {
        var row = _outer.Find(outer);
        return row < 0 ? TableAnswer.None : Evaluate(roofline, first, row, outer, inner, squareRoot);
    }

    /// <summary>As above, with the last row not above <paramref name="outer"/> known.</summary>
    public TableAnswer Evaluate<TRoofline>(in TRoofline roofline, double first, int row, double outer, double inner, bool squareRoot)
        where TRoofline : struct, IGridRoofline
    {
        var interval = _inner.Find(inner);
        if (interval < 0)
        {
            return TableAnswer.None;
        }

        var lower = _outer[row];
        if (lower == outer)
        {
            // An exact key commits: its neighbours are not asked where it has no answer.
            return Answers(row, inner) ? InRow(row, interval, inner) : TableAnswer.None;
        }

        if (row + 1 == _outer.Count)
        {
            return TableAnswer.None;
        }

        var upper = _outer[row + 1];
        if (Answers(row, inner))
        {
            var a = InRow(row, interval, inner);
            return Answers(row + 1, inner)
                ? Blend(a, InRow(row + 1, interval, inner), (outer - lower) / (upper - lower), squareRoot)
                : Transport(a, roofline.Ms(first, outer, inner), roofline.Ms(first, lower, inner));
        }

        return Answers(row + 1, inner)
            ? Transport(InRow(row + 1, interval, inner), roofline.Ms(first, outer, inner), roofline.Ms(first, upper, inner))
            : TableAnswer.None;
    }

    /// <summary>
    /// Adds the straight line from a row to the next at one inner coordinate, from <paramref name="outer"/> on; false, and nothing added, where
    /// not both rows answer.
    /// </summary>
    /// <param name="sum">What to add to.</param>
    /// <param name="row">The last row not above <paramref name="outer"/>.</param>
    /// <param name="outer">Coordinate.</param>
    /// <param name="inner">Coordinate.</param>
    public bool TryAddLine(ref LineSum sum, int row, double outer, double inner)
    {
        var interval = _inner.Find(inner);
        if (interval < 0 || row + 1 == _outer.Count || !Answers(row, inner) || !Answers(row + 1, inner))
        {
            return false;
        }

        var a = InRow(row, interval, inner);
        var b = InRow(row + 1, interval, inner);
        var (lower, width) = (_outer[row], _outer[row + 1] - _outer[row]);
        var first = outer == lower ? a : Blend(a, b, (outer - lower) / width, squareRoot: false);
        sum.Add(first, (b.LatencyMs - a.LatencyMs) / width, (b.PowerWatts - a.PowerWatts) / width, Provenance.Interpolated);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TableAnswer Blend(in TableAnswer a, in TableAnswer b, double w, bool squareRoot)
    {
        double latency;
        if (squareRoot)
        {
            var (rootA, rootB) = (Math.Sqrt(Math.Max(a.LatencyMs, 0)), Math.Sqrt(Math.Max(b.LatencyMs, 0)));
            var root = rootA + ((rootB - rootA) * w);
            latency = root * root;
        }
        else
        {
            latency = a.LatencyMs + ((b.LatencyMs - a.LatencyMs) * w);
        }

        return new TableAnswer(
            latency,
            a.PowerWatts + ((b.PowerWatts - a.PowerWatts) * w),
            a.Provenance == Provenance.Extrapolated || b.Provenance == Provenance.Extrapolated ? Provenance.Extrapolated : Provenance.Interpolated);
    }

    /// <summary>
    /// A lone neighbour: its latency goes along the failing axis by the ratio of the rooflines, its power stays. NaN where the hardware
    /// has no rate, as there is no roofline then.
    /// </summary>
    public static TableAnswer Transport(in TableAnswer survivor, double here, double there)
    {
        var usable = double.IsFinite(here) && double.IsFinite(there) && here > 0 && there > 0;
        var factor = usable ? here / there : double.IsNaN(here) || double.IsNaN(there) ? double.NaN : 1;
        return new TableAnswer(survivor.LatencyMs * factor, survivor.PowerWatts, Provenance.Extrapolated);
    }

    /// <summary>Whether every point of a rectangle has measured neighbours on all sides.</summary>
    public bool IsInside(double firstOuter, double lastOuter, double firstInner, double lastInner)
    {
        var row = _outer.Find(firstOuter);
        if (row < 0 || lastOuter > _outer[_outer.Count - 1])
        {
            return false;
        }

        for (; row < _outer.Count; row++)
        {
            if (!Answers(row, firstInner) || !Answers(row, lastInner))
            {
                return false;
            }

            if (_outer[row] >= lastOuter)
            {
                break;
            }
        }

        return true;
    }

    private void FillRow(int row, ReadOnlySpan<GridPoint> points)
    {
        _rows[row] = new Row(points[0].Inner, points[^1].Inner);
        var point = 0;
        for (var i = 0; i < _inner.Count; i++)
        {
            var key = _inner[i];
            if (key < points[0].Inner || key > points[^1].Inner)
            {
                continue;
            }

            while (point + 1 < points.Length && points[point + 1].Inner <= key)
            {
                point++;
            }

            var a = points[point];
            var (latencySlope, powerSlope) = (0.0, 0.0);
            if (point + 1 < points.Length)
            {
                var b = points[point + 1];
                latencySlope = (b.Leaf.LatencyMs - a.Leaf.LatencyMs) / (b.Inner - a.Inner);
                powerSlope = (b.Leaf.PowerWatts - a.Leaf.PowerWatts) / (b.Inner - a.Inner);
            }

            _cells[(row * _inner.Count) + i] = new Cell(
                a.Leaf.LatencyMs + (latencySlope * (key - a.Inner)),
                latencySlope,
                a.Leaf.PowerWatts + (powerSlope * (key - a.Inner)),
                powerSlope,
                key == a.Inner ? Provenance.Measured : Provenance.Interpolated);
        }
    }

    /// <summary>Inner coordinates between which a row answers.</summary>
    private readonly record struct Row(double First, double Last);

    /// <summary>A row's line from one inner key to the next.</summary>
    private readonly record struct Cell(double LatencyMs, double LatencySlope, double PowerWatts, double PowerSlope, Provenance AtKey);
}
