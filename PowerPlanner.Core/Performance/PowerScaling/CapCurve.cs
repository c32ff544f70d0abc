using System.Globalization;

namespace PowerPlanner.Performance.PowerScaling;

/// <summary>
/// Latencies of one kind of step that were measured under several caps. Between them the latency is a straight line over the cap, so that no ripple can
/// pretend a fast point; noise that makes a lower cap look faster is flattened to the slowest of the higher caps. Immutable.
/// </summary>
public sealed class CapCurve
{
    private readonly double[] _caps;
    private readonly double[] _latencies;

    /// <summary>Creates a curve from measurements.</summary>
    /// <param name="points">Cap, W, and latency in any unit, the same for all; at least two, in any order, each cap once.</param>
    /// <exception cref="ArgumentException">Fewer than two points, or a cap twice.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A cap or a latency that is not finite and greater than 0.</exception>
    public CapCurve(IEnumerable<CapCurvePoint> points)
    {
        ArgumentNullException.ThrowIfNull(points);
        CapCurvePoint[] sorted = [.. points.OrderBy(point => point.CapWatts)];
        if (sorted.Length < 2)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A curve has {sorted.Length} points; it needs at least two caps."), nameof(points));
        }

        _caps = Array.ConvertAll(sorted, point => point.CapWatts);
        _latencies = Array.ConvertAll(sorted, point => point.Latency);
        for (var i = 0; i < sorted.Length; i++)
        {
            Guard.FinitePositive(_caps[i], nameof(CapCurvePoint.CapWatts));
            Guard.FinitePositive(_latencies[i], nameof(CapCurvePoint.Latency));
            if (i > 0 && !(_caps[i] > _caps[i - 1]))
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The cap of {_caps[i]} W occurs twice; each must occur once."), nameof(points));
            }
        }

        for (var i = sorted.Length - 2; i >= 0; i--)
        {
            _latencies[i] = Math.Max(_latencies[i], _latencies[i + 1]);
        }
    }

    /// <summary>The lowest cap that was measured, W: nothing is planned below it.</summary>
    public double LowestCapWatts => _caps[0];

    /// <summary>Whether a cap is one that was measured.</summary>
    internal bool IsMeasured(double capWatts) => Array.BinarySearch(_caps, capWatts) >= 0;

    /// <summary>Whether a cap lies within the measured ones.</summary>
    internal bool Covers(double capWatts) => capWatts >= _caps[0] && capWatts <= _caps[^1];

    /// <summary>The latency at a cap; held beyond the measured caps.</summary>
    internal double At(double capWatts)
    {
        var last = _caps.Length - 1;
        if (capWatts >= _caps[last])
        {
            return _latencies[last];
        }

        if (capWatts <= _caps[0])
        {
            return _latencies[0];
        }

        var upper = 1;
        while (_caps[upper] < capWatts)
        {
            upper++;
        }

        var share = (capWatts - _caps[upper - 1]) / (_caps[upper] - _caps[upper - 1]);
        var line = _latencies[upper - 1] + ((_latencies[upper] - _latencies[upper - 1]) * share);
        return Math.Clamp(line, _latencies[upper], _latencies[upper - 1]);
    }
}
