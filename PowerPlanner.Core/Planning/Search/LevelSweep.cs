using System.Buffers;
using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Planning.Search;

/// <summary>
/// The fastest point under each cap of a grid, from the highest cap down. All points under one cap are charged alike, so that one a cap can be on the front. Points are visited fastest
/// first; what a point did under a higher cap bounds what it can do under a lower one, so that hardly any is evaluated twice. Holds rented arrays: dispose it.
/// </summary>
internal ref struct LevelSweep : IDisposable
{
    // Latencies are monotone but for their last bits.
    private const double Slack = 1e-9;

    private readonly OperatingPoints _points;
    private readonly ReadOnlySpan<int> _caps;
    private readonly double _powerFactor;
    private readonly double _ttftLimit;
    private readonly double _itlLimit;

    // Positions that may still meet the targets, in order, and the most that each can serve.
    private readonly int[] _alive;
    private readonly double[] _bounds;
    private int _count;
    private int _lastWinner;

    /// <param name="points">The role's points, fastest first.</param>
    /// <param name="caps">Their uncapped caps, W; 0 where a point misses a target.</param>
    /// <param name="powerFactor">Live draw over modelled draw, at least 1.</param>
    /// <param name="ttftLimitMs">Longest TTFT, ms.</param>
    /// <param name="itlLimitMs">Longest ITL, ms.</param>
    public LevelSweep(OperatingPoints points, ReadOnlySpan<int> caps, double powerFactor, double ttftLimitMs, double itlLimitMs)
    {
        _points = points;
        _caps = caps;
        _powerFactor = powerFactor;
        _ttftLimit = ttftLimitMs;
        _itlLimit = itlLimitMs;
        _lastWinner = -1;
        _alive = ArrayPool<int>.Shared.Rent(points.Count);
        _bounds = ArrayPool<double>.Shared.Rent(points.Count);
        for (var position = 0; position < points.Count; position++)
        {
            if (caps[position] > 0 && points.Levels!.Covers(points.Index[position]))
            {
                _alive[_count] = position;
                _bounds[_count++] = points.Rate[position];
            }
        }
    }

    /// <summary>Points that met the targets under a cap that they were evaluated at.</summary>
    public int Evaluated { get; private set; }

    /// <summary>The fastest point under a cap that is lower than all asked before; of equals the first in order.</summary>
    public bool Next(int levelWatts, out RolePoint winner)
    {
        winner = default;

        // The last winner is nearly always among the fastest here: a good start of the bound.
        var best = 0.0;
        if (_lastWinner >= 0 && levelWatts < _caps[_lastWinner])
        {
            var point = _points.Under(_lastWinner, levelWatts, _powerFactor);
            if (Meets(point, 0))
            {
                best = point.Rate;
                winner = point;
            }
        }

        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            var position = _alive[i];
            var bound = _bounds[i];
            if (_points.Rate[position] <= best)
            {
                // Nothing from here on is faster with no cap at all.
                Array.Copy(_alive, i, _alive, kept, _count - i);
                Array.Copy(_bounds, i, _bounds, kept, _count - i);
                kept += _count - i;
                break;
            }

            if (levelWatts < _caps[position] && bound > best)
            {
                var point = _points.Under(position, levelWatts, _powerFactor);
                if (!Meets(point, Slack))
                {
                    // Nor does it under a lower cap.
                    continue;
                }

                bound = point.Rate * (1 + Slack);
                if (Meets(point, 0))
                {
                    Evaluated++;
                    if (point.Rate > best)
                    {
                        best = point.Rate;
                        winner = point;
                    }
                }
            }

            _alive[kept] = position;
            _bounds[kept++] = bound;
        }

        _count = kept;
        _lastWinner = best > 0 ? winner.Position : _lastWinner;
        return best > 0;
    }

    public readonly void Dispose()
    {
        ArrayPool<int>.Shared.Return(_alive);
        ArrayPool<double>.Shared.Return(_bounds);
    }

    private readonly bool Meets(in RolePoint point, double slack) =>
        point.TtftMs <= _ttftLimit * (1 + slack) && point.ItlMs <= _itlLimit * (1 + slack);
}
