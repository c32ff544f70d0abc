namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// A table over three axes with the first coordinate fixed when it is compiled (specification 2.2, 2.3): the plane of that key, or the
/// two planes around it, and hold outside of them. Immutable; look-ups allocate nothing.
/// </summary>
internal sealed class Grid<TRoofline>
    where TRoofline : struct, IGridRoofline
{
    private readonly TRoofline _roofline;
    private readonly double _first;
    private readonly bool _squareRoot;
    private readonly HoldLeaves _hold;

    /// <summary>The plane at the first coordinate or the nearest key below it; null = the coordinate is beyond the range.</summary>
    private readonly GridPlane? _lower;

    /// <summary>The plane at the nearest key above; null where the coordinate is a key.</summary>
    private readonly GridPlane? _upper;

    private readonly double _lowerKey;
    private readonly double _upperKey;

    /// <param name="points">Ascending and distinct; at least one.</param>
    /// <param name="roofline">Speed of light over the same coordinates.</param>
    /// <param name="first">The fixed coordinate.</param>
    /// <param name="squareRoot">Whether latencies blend as square roots along the outer axis.</param>
    public Grid(ReadOnlySpan<GridPoint> points, TRoofline roofline, double first, bool squareRoot)
    {
        _roofline = roofline;
        _first = first;
        _squareRoot = squareRoot;
        (_lower, _lowerKey, _upper, _upperKey) = PlanesAround(points, first);
        _hold = HoldLeaves.Create(points, roofline, first, (firstOuter, lastOuter, firstInner, lastInner) =>
            _lower is not null && _lower.IsInside(firstOuter, lastOuter, firstInner, lastInner)
            && (_upper is null || _upper.IsInside(firstOuter, lastOuter, firstInner, lastInner)));
    }

    public TableAnswer Evaluate(double outer, double inner)
    {
        var answer = Inside(outer, inner);
        return answer.HasData ? answer : Outside(outer, HoldLeaves.Octaves(outer), inner);
    }

    /// <summary>Looks an outer coordinate up for several <see cref="Evaluate(in GridRow, double)"/>.</summary>
    public GridRow At(double outer) => new(outer, HoldLeaves.Octaves(outer), _lower is not null && _upper is null ? _lower.Outer.Find(outer) : -1);

    public TableAnswer Evaluate(in GridRow row, double inner)
    {
        var answer = row.Index >= 0 ? _lower!.Evaluate(_roofline, _first, row.Index, row.Outer, inner, _squareRoot) : Inside(row.Outer, inner);
        return answer.HasData ? answer : Outside(row.Outer, row.OuterOctaves, inner);
    }

    /// <summary>
    /// Adds the answers at one inner coordinate and the outer coordinates <paramref name="firstOuter"/>, + 1, + 2 … For grids whose
    /// roofline is proportional to the outer coordinate: a lone neighbour's answer then is a straight line as well.
    /// </summary>
    public void AddSweep(long firstOuter, double inner, Span<TableSum> sums)
    {
        if (_lower is null)
        {
            _hold.AddSweep(_roofline, _first, firstOuter, inner, sums);
            return;
        }

        if (_upper is not null || _squareRoot)
        {
            for (var i = 0; i < sums.Length; i++)
            {
                var answer = Evaluate(firstOuter + i, inner);
                sums[i].Add(answer.LatencyMs, answer.PowerWatts, answer.Provenance);
            }

            return;
        }

        var keys = _lower.Outer.Keys;
        for (var i = 0; i < sums.Length;)
        {
            var outer = (double)(firstOuter + i);
            var row = _lower.Outer.Find(outer);
            double last = row < 0 ? keys[0] - 1 : keys[row] == outer ? outer : row + 1 < keys.Length ? keys[row + 1] - 1 : double.PositiveInfinity;
            var count = (int)Math.Min(sums.Length - i, last - outer + 1);
            AddStretch(row, outer, inner, sums.Slice(i, count));
            i += count;
        }
    }

    /// <summary>A stretch of outer coordinates without a key in it, or a key alone.</summary>
    private void AddStretch(int row, double outer, double inner, Span<TableSum> sums)
    {
        var first = row < 0 ? TableAnswer.None : _lower!.Evaluate(_roofline, _first, row, outer, inner, squareRoot: false);
        if (!first.HasData)
        {
            _hold.AddSweep(_roofline, _first, (long)outer, inner, sums);
            return;
        }

        var lastAnswer = sums.Length == 1 ? first : _lower!.Evaluate(_roofline, _first, row, outer + sums.Length - 1, inner, squareRoot: false);
        var steps = Math.Max(sums.Length - 1, 1);
        var latencySlope = (lastAnswer.LatencyMs - first.LatencyMs) / steps;
        var powerSlope = (lastAnswer.PowerWatts - first.PowerWatts) / steps;
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i].Add(first.LatencyMs + (latencySlope * i), first.PowerWatts + (powerSlope * i), first.Provenance);
        }
    }

    private TableAnswer Outside(double outer, double outerOctaves, double inner) =>
        _hold.Evaluate(_roofline.Ms(_first, outer, inner), outerOctaves, HoldLeaves.Octaves(inner));

    private TableAnswer Inside(double outer, double inner)
    {
        if (_lower is null)
        {
            return TableAnswer.None;
        }

        var a = _lower.Evaluate(_roofline, _first, outer, inner, _squareRoot);
        if (_upper is null)
        {
            return a;
        }

        var b = _upper.Evaluate(_roofline, _first, outer, inner, _squareRoot);
        if (a.HasData && b.HasData)
        {
            return GridPlane.Blend(a, b, (_first - _lowerKey) / (_upperKey - _lowerKey), squareRoot: false);
        }

        if (!a.HasData && !b.HasData)
        {
            return TableAnswer.None;
        }

        var here = _roofline.Ms(_first, outer, inner);
        return a.HasData
            ? GridPlane.Transport(a, here, _roofline.Ms(_lowerKey, outer, inner))
            : GridPlane.Transport(b, here, _roofline.Ms(_upperKey, outer, inner));
    }

    private static (GridPlane? Lower, double LowerKey, GridPlane? Upper, double UpperKey) PlanesAround(ReadOnlySpan<GridPoint> points, double first)
    {
        if (first < points[0].First || first > points[^1].First)
        {
            return default;
        }

        var (at, after) = (0, 0);
        while (after < points.Length && points[after].First <= first)
        {
            at = points[after].First == points[at].First ? at : after;
            after++;
        }

        var lowerKey = points[at].First;
        var lower = new GridPlane(points[at..after]);
        if (lowerKey == first)
        {
            return (lower, lowerKey, null, 0);
        }

        var end = after;
        while (end < points.Length && points[end].First == points[after].First)
        {
            end++;
        }

        return (lower, lowerKey, new GridPlane(points[after..end]), points[after].First);
    }
}
