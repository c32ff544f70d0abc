using System.Buffers;
using System.Numerics.Tensors;
using PowerPlanner.Performance;
using PowerPlanner.Power;

namespace PowerPlanner.Planning.Sweep;

/// <summary>
/// The candidates of one role under one range of caps, fastest first. What corrections and budgets change is left out, so that a new
/// plan only walks these arrays. Arrays run in parallel; a position is an index into them.
/// </summary>
internal sealed class OperatingPoints
{
    private OperatingPoints(int count, EngineLayout layout, int minReplicas, GpuPowerLimits? capLimits)
    {
        Rate = new double[count];
        TtftMs = new double[count];
        ItlMs = new double[count];
        PowerWatts = new double[count];
        Batch = new int[count];
        OwnCapWatts = new int[count];
        Index = new int[count];
        Layout = layout;
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

    /// <summary>Caps below the uncapped one that the points may run under; null = none.</summary>
    public CapLevels? Levels { get; private init; }

    /// <summary>Both phases of an aggregated engine; null for a role that runs one.</summary>
    private DeploymentSweep? Phases { get; init; }

    private int Osl { get; init; }

    private double Utilization { get; init; }

    public int Count => Rate.Length;

    public static OperatingPoints ForPrefill(PlanningProblem problem, DeploymentSweep sweep, GpuPowerLimits? capLimits)
    {
        var swept = sweep.Prefill;
        var engine = problem.PrefillEngine!;
        var points = new OperatingPoints(swept.Count, engine.Layout, problem.MinPrefillReplicas, capLimits) { Levels = CapLevels.ForPrefill(problem, sweep, capLimits) };
        points.CopyInSweepOrder(swept, points.TtftMs);
        TensorPrimitives.Divide(problem.PrefillUtilization * Pipelines(engine.Layout) * 1000, points.TtftMs, points.Rate);
        return points.FastestFirst(problem.ReplicaPolicy);
    }

    public static OperatingPoints ForDecode(PlanningProblem problem, DeploymentSweep sweep, GpuPowerLimits? capLimits)
    {
        var swept = sweep.Decode;
        var engine = problem.DecodeEngine!;
        var points = new OperatingPoints(swept.Count, engine.Layout, problem.MinDecodeReplicas, capLimits) { Levels = CapLevels.ForDecode(problem, sweep, capLimits) };
        points.CopyInSweepOrder(swept, points.ItlMs);

        // The quotient alone differs from point to point: points of one speed stay equal to the last bit.
        TensorPrimitives.ConvertTruncating<int, double>(points.Batch, points.Rate);
        TensorPrimitives.Divide(points.Rate, points.ItlMs, points.Rate);
        TensorPrimitives.Multiply(points.Rate, problem.DecodeUtilization * Pipelines(engine.Layout) * 1000 / problem.Osl, points.Rate);
        return points.FastestFirst(problem.ReplicaPolicy);
    }

    public static OperatingPoints ForAggregated(PlanningProblem problem, DeploymentSweep sweep, GpuPowerLimits? capLimits)
    {
        var engine = problem.AggregatedEngine!;
        var ranks = Pipelines(engine.Layout);
        var levels = CapLevels.ForAggregated(problem, sweep, capLimits);
        var pairs = new List<OperatingPoint>(Math.Max(sweep.Prefill.Count, sweep.Decode.Count));
        for (var p = 0; p < sweep.Prefill.Count; p++)
        {
            for (var d = 0; d < sweep.Decode.Count; d++)
            {
                // An engine has one cap: a pair of table points runs under both points' own cap, or under a bridged one.
                if (sweep.Prefill.OwnCapWatts[p] == sweep.Decode.OwnCapWatts[d])
                {
                    pairs.Add(Pair(problem, sweep, p, d, ranks, capLimits, levels));
                }
            }
        }

        var points = new OperatingPoints(pairs.Count, engine.Layout, problem.MinDecodeReplicas, capLimits)
        {
            Levels = levels,
            Phases = sweep,
            Osl = problem.Osl,
            Utilization = problem.DecodeUtilization,
        };
        for (var i = 0; i < pairs.Count; i++)
        {
            points.Set(i, pairs[i]);
        }

        return points.FastestFirst(problem.ReplicaPolicy);
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

    /// <summary>A point under its uncapped or its own cap.</summary>
    /// <param name="position">Position.</param>
    /// <param name="capWatts">That cap, W.</param>
    /// <param name="powerFactor">Live draw over modelled draw, at least 1.</param>
    public RolePoint At(int position, int capWatts, double powerFactor) => new(
        position, Index[position], Batch[position], capWatts, PowerWatts[position] * powerFactor, IsOfGrid: false, Rate[position], TtftMs[position], ItlMs[position]);

    /// <summary>A point under a cap of the grid that lies below its uncapped one. Never faster than without the grid.</summary>
    /// <inheritdoc cref="At"/>
    public RolePoint Under(int position, int capWatts, double powerFactor)
    {
        var levels = Levels!;
        var index = Index[position];
        var (rate, ttft, itl) = (Rate[position], TtftMs[position], ItlMs[position]);
        if (Phases is { } phases)
        {
            var count = phases.Decode.Count;
            var (p, d) = (index / count, index % count);
            var (prefill, decode) = levels.Factors(index, PowerWatts[position], powerFactor, capWatts);
            var (cutPrefill, cutDecode) = PhaseFactors(index, phases.Prefill.Watts[p], phases.Decode.Watts[d], PowerWatts[position], OwnCapWatts[position], CapLimits, levels);
            if (phases.Aggregated is not null)
            {
                var stretch = Math.Max(1, Math.Max(prefill, decode) / Math.Max(cutPrefill, cutDecode));
                (rate, ttft, itl) = (rate / stretch, ttft * stretch, itl * stretch);
            }
            else
            {
                ttft *= Math.Max(1, prefill / cutPrefill);
                itl *= Math.Max(1, decode / cutDecode);
                rate = Math.Min(rate, Utilization * (Batch[position] * Pipelines(Layout) * 1000 / (ttft + (itl * (Osl - 1)))));
            }
        }
        else
        {
            // One of the two latencies is 0.
            var cut = CapLimits is null ? 1 : Cut(index, PowerWatts[position], OwnCapWatts[position]);
            var stretch = Math.Max(1, levels.Factor(index, PowerWatts[position] * powerFactor, capWatts) / cut);
            (rate, ttft, itl) = (rate / stretch, ttft * stretch, itl * stretch);
        }

        return new RolePoint(position, index, Batch[position], capWatts, PowerWatts[position] * powerFactor, IsOfGrid: true, rate, ttft, itl);
    }

    private static OperatingPoint Pair(PlanningProblem problem, DeploymentSweep sweep, int p, int d, double ranks, GpuPowerLimits? capLimits, CapLevels? levels)
    {
        var ownCap = sweep.Prefill.OwnCapWatts[p];
        var power = CapBridge.Aggregate(sweep.Prefill.PowerAt(p), sweep.Decode.PowerAt(d), problem.AggregatedCapPolicy);
        var batch = sweep.Decode.Batch[d];

        // A phase that draws less than the cap is not slowed down; one that the policy (the mean) caps anyway only by what the range cuts.
        var (prefillFactor, decodeFactor) = PhaseFactors((p * sweep.Decode.Count) + d, sweep.Prefill.Watts[p], sweep.Decode.Watts[d], power.Watts, ownCap, capLimits, levels);
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

        return new OperatingPoint(problem.DecodeUtilization * rate, ttft, itl, power.Watts, batch, ownCap, (p * sweep.Decode.Count) + d);
    }

    /// <summary>Steps that run at once in one replica.</summary>
    private static double Pipelines(EngineLayout layout) => (double)layout.AttentionDataParallel * layout.PipelineParallel;

    private void CopyInSweepOrder(SweptPoints swept, Span<double> latencyMs)
    {
        swept.Batch.AsSpan(0, Count).CopyTo(Batch);
        swept.OwnCapWatts.AsSpan(0, Count).CopyTo(OwnCapWatts);
        swept.Watts.AsSpan(0, Count).CopyTo(PowerWatts);
        swept.LatencyMs.AsSpan(0, Count).CopyTo(latencyMs);
        for (var i = 0; i < Count; i++)
        {
            Index[i] = i;
        }

        if (CapLimits is not null)
        {
            for (var i = 0; i < Count; i++)
            {
                latencyMs[i] *= Cut(i, PowerWatts[i], OwnCapWatts[i]);
            }
        }
    }

    /// <summary>
    /// How much longer a step takes where the hardware accepts no cap near its power. Without a range no cap lies below the power, and
    /// corrections only raise caps: a cap that the range cuts sits at its upper end whatever they are.
    /// </summary>
    private static double CapFactor(double powerWatts, int ownCapWatts, GpuPowerLimits? capLimits) =>
        capLimits is null || (ownCapWatts > 0 && ownCapWatts <= capLimits.MaxWatts) ? 1 : CapBridge.LatencyFactor(powerWatts, capLimits.MaxWatts);

    /// <summary>As <see cref="CapFactor"/>; power scaling answers where the model has it.</summary>
    private double Cut(int index, double powerWatts, int ownCapWatts)
    {
        var factor = CapFactor(powerWatts, ownCapWatts, CapLimits);
        return factor > 1 && Levels is { } levels && levels.Covers(index) ? levels.Factor(index, powerWatts, CapLimits!.MaxWatts) : factor;
    }

    private static (double Prefill, double Decode) PhaseFactors(int index, double prefillWatts, double decodeWatts, double engineWatts, int ownCapWatts, GpuPowerLimits? capLimits, CapLevels? levels)
    {
        var prefill = CapFactor(Math.Min(prefillWatts, engineWatts), ownCapWatts, capLimits);
        var decode = CapFactor(Math.Min(decodeWatts, engineWatts), ownCapWatts, capLimits);
        if ((prefill > 1 || decode > 1) && levels is not null && levels.Covers(index))
        {
            var scaled = levels.Factors(index, engineWatts, powerFactor: 1, capLimits!.MaxWatts);
            return (prefill > 1 ? scaled.Prefill : 1, decode > 1 ? scaled.Decode : 1);
        }

        return (prefill, decode);
    }

    private OperatingPoints FastestFirst(ReplicaPolicy policy)
    {
        // Rates of a smooth model grow with the batch; those of tables fall where a latency jumps.
        if (IsAscending(Rate))
        {
            Reverse();
        }
        else
        {
            Sort();
        }

        // The reference's choice knows a single point: of the largest batch, which alone was swept, the fastest.
        return policy == ReplicaPolicy.DecodeFirst && Count > 1 ? First() : this;
    }

    private static bool IsAscending(ReadOnlySpan<double> rates)
    {
        for (var i = 1; i < rates.Length; i++)
        {
            if (!(rates[i] > rates[i - 1]))
            {
                return false;
            }
        }

        return true;
    }

    private void Reverse()
    {
        Rate.AsSpan().Reverse();
        TtftMs.AsSpan().Reverse();
        ItlMs.AsSpan().Reverse();
        PowerWatts.AsSpan().Reverse();
        Batch.AsSpan().Reverse();
        OwnCapWatts.AsSpan().Reverse();
        Index.AsSpan().Reverse();
    }

    private void Sort()
    {
        var rented = ArrayPool<RankedPoint>.Shared.Rent(Count);
        var ranked = rented.AsSpan(0, Count);
        for (var i = 0; i < ranked.Length; i++)
        {
            ranked[i] = new RankedPoint(Rate[i], i);
        }

        ranked.Sort();
        Permute(ranked, Rate);
        Permute(ranked, TtftMs);
        Permute(ranked, ItlMs);
        Permute(ranked, PowerWatts);
        Permute(ranked, Batch);
        Permute(ranked, OwnCapWatts);
        Permute(ranked, Index);
        ArrayPool<RankedPoint>.Shared.Return(rented);
    }

    private static void Permute<T>(ReadOnlySpan<RankedPoint> order, Span<T> values)
    {
        var rented = ArrayPool<T>.Shared.Rent(values.Length);
        values.CopyTo(rented);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = rented[order[i].Place];
        }

        ArrayPool<T>.Shared.Return(rented);
    }

    private OperatingPoints First()
    {
        // The policy knows no grid.
        var first = new OperatingPoints(1, Layout, MinReplicas, CapLimits);
        first.Set(0, new OperatingPoint(Rate[0], TtftMs[0], ItlMs[0], PowerWatts[0], Batch[0], OwnCapWatts[0], Index[0]));
        return first;
    }

    private void Set(int position, in OperatingPoint point)
    {
        Rate[position] = point.Rate;
        TtftMs[position] = point.TtftMs;
        ItlMs[position] = point.ItlMs;
        PowerWatts[position] = point.PowerWatts;
        Batch[position] = point.Batch;
        OwnCapWatts[position] = point.OwnCapWatts;
        Index[position] = point.Index;
    }

    private readonly record struct OperatingPoint(double Rate, double TtftMs, double ItlMs, double PowerWatts, int Batch, int OwnCapWatts, int Index);

    private readonly record struct RankedPoint(double Rate, int Place) : IComparable<RankedPoint>
    {
        public int CompareTo(RankedPoint other)
        {
            var byRate = other.Rate.CompareTo(Rate);
            return byRate != 0 ? byRate : Place.CompareTo(other.Place);
        }
    }
}
