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

    /// <summary>Whether every query whose roofline is positive has an answer: hold answers what the planes do not.</summary>
    public bool AnswersEverywhere => _hold.HasLeaves;

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
    /// Adds the answers at each of some inner coordinates and all outer coordinates of a sweep. For grids whose roofline is proportional to
    /// the outer coordinate: a lone neighbour's answer then is a straight line as well.
    /// </summary>
    public void AddSweep(ReadOnlySpan<double> inners, GridSweep sweep)
    {
        if (_lower is null)
        {
            foreach (var inner in inners)
            {
                _hold.AddSweep(_roofline, _first, inner, sweep);
            }
        }
        else if (_upper is not null || _squareRoot)
        {
            AddOneByOne(inners, sweep);
        }
        else
        {
            AddRowByRow(_lower, inners, sweep);
        }
    }

    private void AddOneByOne(ReadOnlySpan<double> inners, GridSweep sweep)
    {
        foreach (var inner in inners)
        {
            for (var i = 0; i < sweep.Count; i++)
            {
                sweep.Add(i, Evaluate(sweep.FirstOuter + i, inner));
            }
        }
    }

    /// <summary>From each key of the plane to the next; where both rows answer, all their inner coordinates become one line.</summary>
    private void AddRowByRow(GridPlane plane, ReadOnlySpan<double> inners, GridSweep sweep)
    {
        var keys = plane.Outer.Keys;
        while (sweep.Count > 0)
        {
            double outer = sweep.FirstOuter;
            var row = plane.Outer.Find(outer);
            var next = row + 1 < keys.Length ? keys[row + 1] : double.PositiveInfinity;
            var stretch = sweep.Slice(0, (int)Math.Min(sweep.Count, next - outer));
            var sum = default(LineSum);
            foreach (var inner in inners)
            {
                if (row < 0)
                {
                    _hold.AddSweep(_roofline, _first, inner, stretch);
                }
                else if (!plane.TryAddLine(ref sum, row, outer, inner))
                {
                    // A key is answered by its own row alone, the stretch behind it by either neighbour.
                    var onKey = keys[row] == outer ? 1 : 0;
                    AddStretch(plane, row, inner, stretch.Slice(0, onKey));
                    AddStretch(plane, row, inner, stretch.Slice(onKey, stretch.Count - onKey));
                }
            }

            sum.AddTo(stretch);
            sweep = sweep.Slice(stretch.Count, sweep.Count - stretch.Count);
        }
    }

    /// <summary>A stretch of outer coordinates without a key in it, or a key alone.</summary>
    private void AddStretch(GridPlane plane, int row, double inner, GridSweep stretch)
    {
        if (stretch.Count == 0)
        {
            return;
        }

        double outer = stretch.FirstOuter;
        var first = plane.Evaluate(_roofline, _first, row, outer, inner, squareRoot: false);
        if (!first.HasData)
        {
            _hold.AddSweep(_roofline, _first, inner, stretch);
            return;
        }

        var steps = stretch.Count - 1;
        var last = steps == 0 ? first : plane.Evaluate(_roofline, _first, row, outer + steps, inner, squareRoot: false);
        var sum = default(LineSum);
        sum.Add(first, (last.LatencyMs - first.LatencyMs) / Math.Max(steps, 1), (last.PowerWatts - first.PowerWatts) / Math.Max(steps, 1), first.Provenance);
        sum.AddTo(stretch);
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
