using MathNet.Numerics.Interpolation;

namespace PowerPlanner.Performance.Profiled;

/// <summary>Latency and draw of a prefill step over input length.</summary>
internal sealed class PrefillCurve
{
    private readonly double[] _isl;
    private readonly double[] _latencyMs;
    private readonly double[] _powerWatts;

    // Null below three points: a line, or one value.
    private readonly CubicSpline? _spline;

    /// <param name="points">At least one, by input length ascending, without duplicates.</param>
    public PrefillCurve(IReadOnlyList<ProfiledPrefillPoint> points)
    {
        _isl = [.. points.Select(point => (double)point.Isl)];
        _latencyMs = [.. points.Select(point => point.TtftMs)];
        _powerWatts = [.. points.Select(point => point.PowerWatts ?? double.NaN)];

        // Fritsch & Carlson, SIAM J. Numer. Anal. 17 (1980): cubic between the points, and never beyond the two it lies between.
        _spline = points.Count >= 3 ? CubicSpline.InterpolatePchipSorted(_isl, _latencyMs) : null;
    }

    public ProfiledValue At(double isl)
    {
        var last = _isl.Length - 1;
        if (isl <= _isl[0])
        {
            return isl == _isl[0] ? Knot(0) : Knot(0).Held();
        }

        if (isl > _isl[last])
        {
            // A fixed cost, linear and quadratic work: none of them grows faster than the square of the length.
            var ratio = isl / _isl[last];
            return Knot(last).Stretched(ratio * ratio);
        }

        var found = Array.BinarySearch(_isl, isl);
        if (found >= 0)
        {
            return Knot(found);
        }

        var above = ~found;
        var from = Knot(above - 1);
        var to = Knot(above);
        var line = ProfiledValue.Between(from, to, (isl - _isl[above - 1]) / (_isl[above] - _isl[above - 1]));
        return _spline is null
            ? line
            : line with { LatencyMs = Math.Clamp(_spline.Interpolate(isl), Math.Min(from.LatencyMs, to.LatencyMs), Math.Max(from.LatencyMs, to.LatencyMs)) };
    }

    private ProfiledValue Knot(int index) => new(_latencyMs[index], _powerWatts[index], Provenance.Measured);
}
