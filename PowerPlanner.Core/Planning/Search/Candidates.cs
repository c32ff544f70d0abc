using System.Buffers;
using PowerPlanner.Performance;
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
    private readonly int _chargeFloorWatts;
    private readonly int _nonGpuWattsPerGpu;
    private readonly bool _isCapOrdered;

    /// <summary>
    /// Walks the points once, fastest first: a point belongs to the front where it is charged less than all points before it. Under a
    /// charge floor that is less often than its cap is lower.
    /// </summary>
    private Candidates(OperatingPoints points, in SearchTerms terms, double powerCorrection, int chargeFloorWatts, int nonGpuWattsPerGpu, bool isCapOrdered)
    {
        Points = points;
        _chargeFloorWatts = chargeFloorWatts;
        _nonGpuWattsPerGpu = nonGpuWattsPerGpu;
        _isCapOrdered = isCapOrdered;
        var count = points.Count;
        _caps = ArrayPool<int>.Shared.Rent(count);
        _front = ArrayPool<FrontPoint>.Shared.Rent(count);
        var ttftLimit = terms.TtftLimitMs;
        var itlLimit = terms.ItlLimitMs;
        var factor = Math.Max(1, powerCorrection);
        var limits = points.CapLimits;
        var minCap = limits?.MinWatts ?? 1;
        var maxCap = limits?.MaxWatts ?? int.MaxValue;
        var lowestCharge = int.MaxValue;
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
            var charge = Math.Max(cap, chargeFloorWatts);
            if (charge < lowestCharge)
            {
                lowestCharge = charge;
                var rate = points.Rate[position];
                var watts = ReplicaWatts(position);

                // A point whose fewest replicas are beyond the budget is in no plan, and what is left cannot overflow.
                if (Replicas.Watts(points.MinReplicas, watts) <= terms.BudgetWatts)
                {
                    _front[_frontCount++] = new FrontPoint(rate, watts, watts / rate, position);
                }
            }
        }

        LeastReplicaWatts = FeasibleCount > 0 ? CapBridge.ReplicaWatts(lowestCharge, nonGpuWattsPerGpu, points.Layout.Gpus) : 0;
    }

    public static Candidates OfPrefill(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms) =>
        new(points.Prefill!, terms, corrections.PowerPrefill, terms.PrefillChargeFloorWatts, problem.NonGpuWattsPerGpu, isCapOrdered: true);

    /// <summary>Decode candidates, or those of an aggregated engine.</summary>
    public static Candidates OfDecode(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms) =>
        points.Prefill is null
            ? new(points.Decode, terms, corrections.PowerAggregated, terms.DecodeChargeFloorWatts, problem.NonGpuWattsPerGpu, isCapOrdered: true)
            : new(points.Decode, terms, corrections.PowerDecode, terms.DecodeChargeFloorWatts, problem.NonGpuWattsPerGpu, isCapOrdered: false);

    public OperatingPoints Points { get; }

    /// <summary>Points that meet the targets.</summary>
    public int FeasibleCount { get; }

    /// <summary>Watts of one replica at the lowest charge among them.</summary>
    public long LeastReplicaWatts { get; }

    public ReadOnlySpan<FrontPoint> Front => _front.AsSpan(0, _frontCount);

    public int Gpus => Points.Layout.Gpus;

    public int MinReplicas => Points.MinReplicas;

    /// <summary>The cap at a position, W; 0 where the point misses a target.</summary>
    public int CapWatts(int position) => _caps[position];

    /// <summary>Charged watts of one replica at a position that meets the targets.</summary>
    public long ReplicaWatts(int position) => CapBridge.ReplicaWatts(Charge(position), _nonGpuWattsPerGpu, Gpus);

    /// <summary>
    /// Among the points with the same charge as <paramref name="front"/> of which as many replicas suffice, the first in the total order:
    /// for prefill the lowest cap, then the lowest TTFT; for decode the lowest batch, then the lowest ITL; for an aggregated engine the
    /// lowest batch, cap, ITL and TTFT; the earliest last. A slower point never wins otherwise.
    /// </summary>
    public int FirstOfTies(in FrontPoint front, long replicas, double floor)
    {
        var best = front.Position;
        var charge = Charge(best);
        for (var position = best + 1; position < Points.Count && replicas * Points.Rate[position] >= floor; position++)
        {
            if (_caps[position] > 0 && Charge(position) == charge && IsEarlier(position, best))
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

    private int Charge(int position) => Math.Max(_caps[position], _chargeFloorWatts);

    private bool IsEarlier(int position, int than)
    {
        var byBatch = Points.Batch[position].CompareTo(Points.Batch[than]);
        if (byBatch != 0)
        {
            return byBatch < 0;
        }

        // Different caps tie only where both are charged the floor; the total order knows prefill's and an engine's, not decode's.
        if (_isCapOrdered && _caps[position] != _caps[than])
        {
            return _caps[position] < _caps[than];
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
