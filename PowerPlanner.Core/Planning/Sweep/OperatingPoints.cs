using System.Buffers;
using PowerPlanner.Performance;
using PowerPlanner.Power;

namespace PowerPlanner.Planning.Sweep;

/// <summary>
/// The candidates of one role under one range of caps, fastest first. What corrections and budgets change is left out, so that a new
/// plan only walks these arrays. Arrays run in parallel; a position is an index into them.
/// </summary>
internal sealed class OperatingPoints
{
    private OperatingPoints(int count, PlanningEngine engine, int minReplicas, GpuPowerLimits? capLimits)
    {
        Rate = new double[count];
        TtftMs = new double[count];
        ItlMs = new double[count];
        PowerWatts = new double[count];
        Batch = new int[count];
        OwnCapWatts = new int[count];
        Index = new int[count];
        Layout = engine.Layout;
        MinReplicas = minReplicas;
        CapLimits = capLimits;
    }

    /// <summary>Requests/s of one replica, utilization included, in descending order; equal rates in the order of <see cref="Index"/>.</summary>
    public double[] Rate { get; }

    /// <summary>Uncorrected TTFT, ms; 0 for a decode engine, which has none.</summary>
    public double[] TtftMs { get; }

    /// <summary>Uncorrected ITL, ms; 0 for a prefill engine, which has none.</summary>
    public double[] ItlMs { get; }

    /// <summary>Power that the cap is bridged from, W.</summary>
    public double[] PowerWatts { get; }

    public int[] Batch { get; }

    /// <summary>The point's own cap, W; 0 where it is bridged.</summary>
    public int[] OwnCapWatts { get; }

    /// <summary>The point's place in the sweep; of pairs, prefill place · decode count + decode place.</summary>
    public int[] Index { get; }

    public EngineLayout Layout { get; }

    public int MinReplicas { get; }

    public GpuPowerLimits? CapLimits { get; }

    public int Count => Rate.Length;

    public static OperatingPoints ForPrefill(PlanningProblem problem, SweptPoints swept, GpuPowerLimits? capLimits)
    {
        var engine = problem.PrefillEngine!;
        var points = new OperatingPoints(Kept(problem, swept.Count), engine, problem.MinPrefillReplicas, capLimits);
        var scale = problem.PrefillUtilization * ((double)engine.Layout.AttentionDataParallel * engine.Layout.PipelineParallel) * 1000;
        var rented = ArrayPool<RankedPoint>.Shared.Rent(swept.Count);
        var order = rented.AsSpan(0, swept.Count);
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = new RankedPoint(scale / LatencyUnderCap(swept, i, capLimits), i);
        }

        SortFastestFirst(order);
        for (var position = 0; position < points.Count; position++)
        {
            var i = order[position].Index;
            points.Set(position, order[position], LatencyUnderCap(swept, i, capLimits), itlMs: 0, swept.Watts[i], swept.Batch[i], swept.OwnCapWatts[i]);
        }

        ArrayPool<RankedPoint>.Shared.Return(rented);
        return points;
    }

    public static OperatingPoints ForDecode(PlanningProblem problem, SweptPoints swept, GpuPowerLimits? capLimits)
    {
        var engine = problem.DecodeEngine!;
        var points = new OperatingPoints(Kept(problem, swept.Count), engine, problem.MinDecodeReplicas, capLimits);
        var ranks = (double)engine.Layout.AttentionDataParallel * engine.Layout.PipelineParallel;
        var rented = ArrayPool<RankedPoint>.Shared.Rent(swept.Count);
        var order = rented.AsSpan(0, swept.Count);
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = new RankedPoint(problem.DecodeUtilization * (swept.Batch[i] * ranks) * 1000 / (LatencyUnderCap(swept, i, capLimits) * problem.Osl), i);
        }

        SortFastestFirst(order);
        for (var position = 0; position < points.Count; position++)
        {
            var i = order[position].Index;
            points.Set(position, order[position], ttftMs: 0, LatencyUnderCap(swept, i, capLimits), swept.Watts[i], swept.Batch[i], swept.OwnCapWatts[i]);
        }

        ArrayPool<RankedPoint>.Shared.Return(rented);
        return points;
    }

    public static OperatingPoints ForAggregated(PlanningProblem problem, DeploymentSweep sweep, GpuPowerLimits? capLimits)
    {
        var engine = problem.AggregatedEngine!;
        var ranks = (double)engine.Layout.AttentionDataParallel * engine.Layout.PipelineParallel;
        var pairs = new List<AggregatedPoint>(Math.Max(sweep.Prefill.Count, sweep.Decode.Count));
        for (var p = 0; p < sweep.Prefill.Count; p++)
        {
            for (var d = 0; d < sweep.Decode.Count; d++)
            {
                // An engine has one cap: a pair of table points runs under both points' own cap, or under a bridged one.
                if (sweep.Prefill.OwnCapWatts[p] == sweep.Decode.OwnCapWatts[d])
                {
                    pairs.Add(Pair(problem, sweep, p, d, ranks, capLimits));
                }
            }
        }

        var points = new OperatingPoints(Kept(problem, pairs.Count), engine, problem.MinDecodeReplicas, capLimits);
        var order = new RankedPoint[pairs.Count];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = new RankedPoint(pairs[i].Rate, i);
        }

        SortFastestFirst(order);
        for (var position = 0; position < points.Count; position++)
        {
            var pair = pairs[order[position].Index];
            points.Set(position, new RankedPoint(pair.Rate, pair.Index), pair.TtftMs, pair.ItlMs, pair.PowerWatts, pair.Batch, pair.OwnCapWatts);
        }

        return points;
    }

    /// <summary>
    /// The position at a batch that is nearest to what is known of a point: in cap, where it has its own, then in latencies, then in power.
    /// −1 where no point has that batch.
    /// </summary>
    public int Nearest(int batch, int capWatts, double ttftMs, double itlMs, double powerWatts)
    {
        var nearest = -1;
        var least = (Cap: int.MaxValue, Latency: 0.0, Power: 0.0, IsBridged: true);
        for (var position = 0; position < Count; position++)
        {
            if (Batch[position] != batch)
            {
                continue;
            }

            var own = OwnCapWatts[position];
            var distance = (
                own > 0 ? Math.Abs((CapLimits?.Clamp(own) ?? own) - capWatts) : 0,
                Math.Abs(TtftMs[position] - ttftMs) + Math.Abs(ItlMs[position] - itlMs),
                Math.Abs(PowerWatts[position] - powerWatts),
                own == 0);
            if (nearest < 0 || distance.CompareTo(least) < 0)
            {
                nearest = position;
                least = distance;
            }
        }

        return nearest;
    }

    private static AggregatedPoint Pair(PlanningProblem problem, DeploymentSweep sweep, int p, int d, double ranks, GpuPowerLimits? capLimits)
    {
        var ownCap = sweep.Prefill.OwnCapWatts[p];
        var power = CapBridge.Aggregate(sweep.Prefill.PowerAt(p), sweep.Decode.PowerAt(d), problem.AggregatedCapPolicy);
        var batch = sweep.Decode.Batch[d];

        // A phase that draws less than the cap is not slowed down; one that the policy (the mean) caps anyway only by what the range cuts.
        var prefillFactor = CapFactor(Math.Min(sweep.Prefill.Watts[p], power.Watts), ownCap, capLimits);
        var decodeFactor = CapFactor(Math.Min(sweep.Decode.Watts[d], power.Watts), ownCap, capLimits);
        double ttft, itl, rate;
        if (sweep.Aggregated is { } composed)
        {
            // Steps of a composition mix both phases: the slower-down of the two holds for all of it.
            var factor = Math.Max(prefillFactor, decodeFactor);
            ttft = composed[d].TtftMs * factor;
            itl = composed[d].ItlMs * factor;
            rate = composed[d].RequestsPerSecond / factor;
        }
        else
        {
            ttft = sweep.Prefill.LatencyMs[p] * prefillFactor;
            itl = sweep.Decode.LatencyMs[d] * decodeFactor;
            rate = batch * ranks * 1000 / (ttft + (itl * (problem.Osl - 1)));
        }

        return new AggregatedPoint(problem.DecodeUtilization * rate, ttft, itl, power.Watts, batch, ownCap, (p * sweep.Decode.Count) + d);
    }

    /// <summary>The reference's choice knows a single point: of the largest batch, which alone was swept, the fastest.</summary>
    private static int Kept(PlanningProblem problem, int count) => problem.ReplicaPolicy == ReplicaPolicy.DecodeFirst ? Math.Min(1, count) : count;

    private static double LatencyUnderCap(SweptPoints swept, int i, GpuPowerLimits? capLimits) =>
        swept.LatencyMs[i] * CapFactor(swept.Watts[i], swept.OwnCapWatts[i], capLimits);

    /// <summary>
    /// How much longer a step takes where the hardware accepts no cap near its power. Without a range no cap lies below the power, and
    /// corrections only raise caps: a cap that the range cuts sits at its upper end whatever they are.
    /// </summary>
    private static double CapFactor(double powerWatts, int ownCapWatts, GpuPowerLimits? capLimits) =>
        capLimits is null || (ownCapWatts > 0 && ownCapWatts <= capLimits.MaxWatts) ? 1 : CapBridge.LatencyFactor(powerWatts, capLimits.MaxWatts);

    private static void SortFastestFirst(Span<RankedPoint> order)
    {
        var ascending = true;
        for (var i = 1; i < order.Length && ascending; i++)
        {
            ascending = order[i].Rate > order[i - 1].Rate;
        }

        // Rates nearly always grow with the batch.
        if (ascending)
        {
            order.Reverse();
        }
        else
        {
            order.Sort();
        }
    }

    private void Set(int position, RankedPoint ranked, double ttftMs, double itlMs, double powerWatts, int batch, int ownCapWatts)
    {
        Rate[position] = ranked.Rate;
        Index[position] = ranked.Index;
        TtftMs[position] = ttftMs;
        ItlMs[position] = itlMs;
        PowerWatts[position] = powerWatts;
        Batch[position] = batch;
        OwnCapWatts[position] = ownCapWatts;
    }

    private readonly record struct AggregatedPoint(double Rate, double TtftMs, double ItlMs, double PowerWatts, int Batch, int OwnCapWatts, int Index);

    private readonly record struct RankedPoint(double Rate, int Index) : IComparable<RankedPoint>
    {
        public int CompareTo(RankedPoint other)
        {
            var byRate = other.Rate.CompareTo(Rate);
            return byRate != 0 ? byRate : Index.CompareTo(other.Index);
        }
    }
}
