using System.Buffers;
using PowerPlanner.Planning.Sweep;
using PowerPlanner.Power;

namespace PowerPlanner.Planning.Search;

/// <summary>
/// The points of one role that meet the latency targets, with the caps that the corrections of the moment give them. Holds rented
/// arrays: dispose it.
/// </summary>
internal readonly ref struct Candidates
{
    private readonly int[] _caps;
    private readonly FrontPoint[] _front;
    private readonly int _frontCount;

    /// <summary>Walks the points once, fastest first: a point belongs to the front where its cap is below all caps before it.</summary>
    public Candidates(OperatingPoints points, in SearchTerms terms, double powerCorrection, int nonGpuWattsPerGpu)
    {
        Points = points;
        NonGpuWattsPerGpu = nonGpuWattsPerGpu;
        var count = points.Count;
        _caps = ArrayPool<int>.Shared.Rent(count);
        _front = ArrayPool<FrontPoint>.Shared.Rent(count);
        var ttftLimit = terms.TtftLimitMs;
        var itlLimit = terms.ItlLimitMs;
        var factor = Math.Max(1, powerCorrection);
        var limits = points.CapLimits;
        var minCap = limits?.MinWatts ?? 1;
        var maxCap = limits?.MaxWatts ?? int.MaxValue;
        var lowestCap = long.MaxValue;
        for (var position = 0; position < count; position++)
        {
            if (points.TtftMs[position] > ttftLimit || points.ItlMs[position] > itlLimit)
            {
                _caps[position] = 0;
                continue;
            }

            var own = points.OwnCapWatts[position];
            var cap = Math.Clamp(own > 0 ? own : CapBridge.CeilingWatts(points.PowerWatts[position] * factor), minCap, maxCap);
            _caps[position] = cap;
            FeasibleCount++;
            if (cap < lowestCap)
            {
                lowestCap = cap;
                var rate = points.Rate[position];
                var watts = ReplicaWatts(cap);

                // A point whose fewest replicas are beyond the budget is in no plan, and what is left cannot overflow.
                if (Replicas.Watts(points.MinReplicas, watts) <= terms.BudgetWatts)
                {
                    _front[_frontCount++] = new FrontPoint(rate, watts, watts / rate, position);
                }
            }
        }

        LeastReplicaWatts = FeasibleCount > 0 ? ReplicaWatts((int)lowestCap) : 0;
    }

    public OperatingPoints Points { get; }

    public int NonGpuWattsPerGpu { get; }

    /// <summary>Points that meet the targets.</summary>
    public int FeasibleCount { get; }

    /// <summary>Watts of one replica under the lowest cap among them.</summary>
    public long LeastReplicaWatts { get; }

    public ReadOnlySpan<FrontPoint> Front => _front.AsSpan(0, _frontCount);

    public int Gpus => Points.Layout.Gpus;

    public int MinReplicas => Points.MinReplicas;

    /// <summary>The cap at a position, W; 0 where the point misses a target.</summary>
    public int CapWatts(int position) => _caps[position];

    public long ReplicaWatts(int capWatts) => CapBridge.ReplicaWatts(capWatts, NonGpuWattsPerGpu, Gpus);

    /// <summary>
    /// Among the points with the same cap as <paramref name="front"/> of which as many replicas suffice: the lowest batch, then the lowest
    /// ITL, the lowest TTFT, the earliest. A slower point never wins otherwise, but ties go to the lower batch.
    /// </summary>
    public int LowestBatch(in FrontPoint front, long replicas, double floor)
    {
        var best = front.Position;
        var cap = _caps[best];
        for (var position = best + 1; position < Points.Count && replicas * Points.Rate[position] >= floor; position++)
        {
            if (_caps[position] == cap && IsEarlier(position, best))
            {
                best = position;
            }
        }

        return best;
    }

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_caps);
        ArrayPool<FrontPoint>.Shared.Return(_front);
    }

    private bool IsEarlier(int position, int than)
    {
        var byBatch = Points.Batch[position].CompareTo(Points.Batch[than]);
        if (byBatch != 0)
        {
            return byBatch < 0;
        }

        var byItl = Points.ItlMs[position].CompareTo(Points.ItlMs[than]);
        if (byItl != 0)
        {
            return byItl < 0;
        }

        var byTtft = Points.TtftMs[position].CompareTo(Points.TtftMs[than]);
        return byTtft != 0 ? byTtft < 0 : Points.Index[position] < Points.Index[than];
    }
}
