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
    private readonly double _powerFactor;
    private readonly double _ttftLimit;
    private readonly double _itlLimit;
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
        _powerFactor = Math.Max(1, powerCorrection);
        _ttftLimit = terms.TtftLimitMs;
        _itlLimit = terms.ItlLimitMs;
        var count = points.Count;
        _caps = ArrayPool<int>.Shared.Rent(count);
        _front = ArrayPool<FrontPoint>.Shared.Rent(count + (points.Levels?.Watts.Length ?? 0));
        var ttftLimit = terms.TtftLimitMs;
        var itlLimit = terms.ItlLimitMs;
        var factor = _powerFactor;
        var limits = points.CapLimits;
        var minCap = limits?.MinWatts ?? 1;
        var maxCap = limits?.MaxWatts ?? int.MaxValue;
        var lowestCharge = long.MaxValue;   // Above every cap: the highest that an int holds may be the only one.
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

        if (points.Levels is { } levels && FeasibleCount > 0)
        {
            using var winners = new LevelSweep(points, _caps.AsSpan(0, count), _powerFactor, _ttftLimit, _itlLimit);
            foreach (var level in levels.Watts)
            {
                if (winners.Next(level, out var winner))
                {
                    var charge = Math.Max(level, chargeFloorWatts);
                    lowestCharge = Math.Min(lowestCharge, charge);
                    var watts = CapBridge.ReplicaWatts(charge, nonGpuWattsPerGpu, points.Layout.Gpus);
                    if (Replicas.Watts(points.MinReplicas, watts) <= terms.BudgetWatts)
                    {
                        _front[_frontCount++] = new FrontPoint(winner.Rate, watts, watts / winner.Rate, winner.Position, level);
                    }
                }
            }

            FeasibleCount += winners.Evaluated;
            _frontCount = Undominated(_front.AsSpan(0, _frontCount));
        }

        LeastReplicaWatts = FeasibleCount > 0 ? CapBridge.ReplicaWatts((int)lowestCharge, nonGpuWattsPerGpu, points.Layout.Gpus) : 0;
    }

    public static Candidates OfPrefill(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms) =>
        new(points.Prefill!, terms, corrections.PowerPrefill, terms.PrefillChargeFloorWatts, problem.NonGpuWattsPerGpu, isCapOrdered: true);

    /// <summary>Decode candidates, or those of an aggregated engine.</summary>
    public static Candidates OfDecode(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms) =>
        points.Prefill is null
            ? new(points.Decode, terms, corrections.PowerAggregated, terms.DecodeChargeFloorWatts, problem.NonGpuWattsPerGpu, isCapOrdered: true)
            : new(points.Decode, terms, corrections.PowerDecode, terms.DecodeChargeFloorWatts, problem.NonGpuWattsPerGpu, isCapOrdered: false);

    public OperatingPoints Points { get; }

    /// <summary>Points that meet the targets, and points under caps of the grid that were looked at.</summary>
    public int FeasibleCount { get; }

    /// <summary>Watts of one replica at the lowest charge among them.</summary>
    public long LeastReplicaWatts { get; }

    public ReadOnlySpan<FrontPoint> Front => _front.AsSpan(0, _frontCount);

    public int Gpus => Points.Layout.Gpus;

    public int MinReplicas => Points.MinReplicas;

    /// <summary>Charged watts of one replica at a position that meets the targets.</summary>
    public long ReplicaWatts(int position) => CapBridge.ReplicaWatts(Charge(position), _nonGpuWattsPerGpu, Gpus);

    /// <summary>A point under its uncapped or its own cap.</summary>
    public RolePoint At(int position) => Points.At(position, _caps[position], _powerFactor);

    /// <summary>
    /// Among the points with the same charge as <paramref name="front"/> of which as many replicas suffice, the first in the total order:
    /// for prefill the lowest cap, then the lowest TTFT; for decode the lowest batch, then the lowest ITL; for an aggregated engine the
    /// lowest batch, cap, ITL and TTFT; the earliest and the lowest cap last. A slower point never wins otherwise.
    /// </summary>
    public RolePoint FirstOfTies(in FrontPoint front, long replicas, double floor)
    {
        var best = front.LevelWatts > 0 ? Points.Under(front.Position, front.LevelWatts, _powerFactor) : At(front.Position);
        var charge = Math.Max(best.CapWatts, _chargeFloorWatts);

        // With no grid, whatever is faster than the front's point is charged more.
        for (var position = Points.Levels is null ? best.Position + 1 : 0; position < Points.Count && replicas * Points.Rate[position] >= floor; position++)
        {
            if (_caps[position] == 0 || Points.Batch[position] > best.Batch)
            {
                continue;
            }

            if (Charge(position) == charge && IsEarlier(At(position), best))
            {
                best = At(position);
            }

            if (Points.Levels is { } levels && levels.Covers(Points.Index[position]))
            {
                foreach (var level in levels.Watts)
                {
                    if (level < _caps[position] && Math.Max(level, _chargeFloorWatts) == charge)
                    {
                        var point = Points.Under(position, level, _powerFactor);
                        best = Meets(point) && replicas * point.Rate >= floor && IsEarlier(point, best) ? point : best;
                    }
                }
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

    private bool Meets(in RolePoint point) => point.TtftMs <= _ttftLimit && point.ItlMs <= _itlLimit;

    /// <summary>Sorts a front and drops what another point beats in rate and watts.</summary>
    private static int Undominated(Span<FrontPoint> front)
    {
        front.Sort();
        var kept = 0;
        foreach (ref readonly var point in front)
        {
            if (kept == 0 || point.Watts < front[kept - 1].Watts)
            {
                front[kept++] = point;
            }
        }

        return kept;
    }

    private bool IsEarlier(in RolePoint point, in RolePoint than)
    {
        var byBatch = point.Batch.CompareTo(than.Batch);
        if (byBatch != 0)
        {
            return byBatch < 0;
        }

        // Different caps tie only where both are charged the floor; the total order knows prefill's and an engine's, decode's at its very end.
        if (_isCapOrdered && point.CapWatts != than.CapWatts)
        {
            return point.CapWatts < than.CapWatts;
        }

        var byItl = point.ItlMs.CompareTo(than.ItlMs);
        if (byItl != 0)
        {
            return byItl < 0;
        }

        var byTtft = point.TtftMs.CompareTo(than.TtftMs);
        if (byTtft != 0)
        {
            return byTtft < 0;
        }

        return point.Index != than.Index ? point.Index < than.Index : point.CapWatts < than.CapWatts;
    }
}
