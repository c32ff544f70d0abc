using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>A table with one numeric axis (specification 2.4).</summary>
/// <param name="name">Named where the table has no answer.</param>
/// <param name="speedOfLightMs">SOL along the axis; only ratios of it matter.</param>
/// <param name="holdsSinglePointBelow">Whether a curve of one point answers below that point too; an expert curve does not (4.6).</param>
internal sealed class CurveTable(string name, Func<double, double> speedOfLightMs, bool holdsSinglePointBelow = true)
{
    private readonly SortedList<long, Leaf> _points = [];

    /// <summary>Files a row; the first one to claim a key wins.</summary>
    public void Add(long key, Leaf leaf) => _points.TryAdd(key, leaf);

    /// <exception cref="NoPerformanceDataException">The table has no answer at this point.</exception>
    public TableAnswer Resolve(double x)
    {
        if (Coordinates.TryKey(x, out var key) && _points.TryGetValue(key, out var exact))
        {
            return TableAnswer.Exact(exact);
        }

        var keys = _points.Keys;
        if (keys.Count == 0)
        {
            throw new NoPerformanceDataException($"{name} has no points.");
        }

        if (x < keys[0] && keys.Count == 1 && !holdsSinglePointBelow)
        {
            throw new NoPerformanceDataException(FormattableString.Invariant($"{name} has no answer at {x}: its only point is {keys[0]}."));
        }

        if (x < keys[0] || x > keys[^1])
        {
            return EndPointHold(x, x < keys[0] ? keys[0] : keys[^1]);
        }

        var above = 0;
        while (keys[above] < x)
        {
            above++;
        }

        var (lo, hi) = (keys[above - 1], keys[above]);
        var (a, b) = (_points[lo], _points[hi]);
        var w = (x - lo) / (hi - lo);
        return TableAnswer.Estimated(
            a.LatencyMs + ((b.LatencyMs - a.LatencyMs) * w),
            a.BlendedPowerWatts + ((b.BlendedPowerWatts - a.BlendedPowerWatts) * w),
            Provenance.Interpolated);
    }

    private TableAnswer EndPointHold(double x, long end)
    {
        var (leaf, here, there) = (_points[end], speedOfLightMs(x), speedOfLightMs(end));
        if (!Coordinates.IsPositive(leaf.LatencyMs) || !Coordinates.IsPositive(here) || !Coordinates.IsPositive(there))
        {
            throw new NoPerformanceDataException(FormattableString.Invariant($"{name} has no answer at {x}: its end point {end} cannot be held."));
        }

        return TableAnswer.Estimated(here / (there / leaf.LatencyMs), leaf.BlendedPowerWatts, Provenance.Extrapolated);
    }
}
