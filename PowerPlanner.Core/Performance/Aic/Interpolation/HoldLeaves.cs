using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Answers outside a grid's range (specification 2.3): the mean utilization of the four nearest leaves in octaves, with weights that
/// vanish at the distance of the fifth. The first coordinate is fixed; the leaves of all its keys take part. Immutable.
/// </summary>
/// <remarks>
/// The plane of outer and inner octaves is cut into cells of an eighth of an octave. A cell lists the few leaves that can be among the
/// five nearest of any of its points, so that a look-up finds the fifth distance among some eight; whoever lies beyond it gets the
/// weight 0 by the formula itself, and nobody needs to be sorted. Points outside the cells ask all leaves.
/// </remarks>
internal sealed class HoldLeaves
{
    private const int Kept = 4;

    /// <summary>A stretch so short is not worth asking which leaves it shares.</summary>
    private const int ShortRun = 6;
    private const double Smallest = 1e-12;

    /// <summary>In lexicographic order of their keys; the last one lies nowhere.</summary>
    private readonly HoldLeaf[] _leaves;
    private readonly HoldCells _cells;

    private HoldLeaves(HoldLeaf[] leaves, HoldCells cells)
    {
        _leaves = leaves;
        _cells = cells;
    }

    /// <summary>Whether any leaf can be held on to.</summary>
    public bool HasLeaves => !Leaves.IsEmpty;

    private ReadOnlySpan<HoldLeaf> Leaves => _leaves.AsSpan(0, _leaves.Length - 1);

    /// <param name="points">Ascending and distinct.</param>
    /// <param name="roofline">Bound of each leaf at its own coordinates.</param>
    /// <param name="first">The fixed coordinate of all queries.</param>
    /// <param name="isInside">Where the grid itself answers.</param>
    public static HoldLeaves Create<TRoofline>(ReadOnlySpan<GridPoint> points, in TRoofline roofline, double first, HoldCells.IsInside isInside)
        where TRoofline : struct, IGridRoofline
    {
        var leaves = new List<HoldLeaf>(points.Length);
        foreach (var point in points)
        {
            var bound = roofline.Ms(point.First, point.Outer, point.Inner);
            if (double.IsFinite(bound) && bound > 0 && double.IsFinite(point.Leaf.LatencyMs) && point.Leaf.LatencyMs > 0)
            {
                var octaves = Octaves(point.First) - Octaves(first);
                leaves.Add(new HoldLeaf(
                    octaves * octaves, Octaves(point.Outer), Octaves(point.Inner), bound / point.Leaf.LatencyMs, point.Leaf.PowerWatts));
            }
        }

        var cells = HoldCells.Create(CollectionsMarshal.AsSpan(leaves), isInside);
        leaves.Add(HoldLeaf.Nowhere);
        return new HoldLeaves([.. leaves], cells);
    }

    public static double Octaves(double coordinate) => Math.Log2(Math.Max(coordinate, Smallest));

    /// <param name="bound">Roofline at the query, ms.</param>
    /// <param name="outerOctaves"><see cref="Octaves"/> of the outer coordinate.</param>
    /// <param name="innerOctaves"><see cref="Octaves"/> of the inner coordinate.</param>
    public TableAnswer Evaluate(double bound, double outerOctaves, double innerOctaves)
    {
        if (!(bound > 0 && double.IsFinite(bound)))
        {
            return TableAnswer.None;
        }

        var candidates = _cells.Find(outerOctaves, innerOctaves);
        return candidates.IsEmpty ? EvaluateAll(bound, outerOctaves, innerOctaves) : Evaluate(candidates, bound, outerOctaves, innerOctaves);
    }

    /// <summary>The plain form, over all leaves in their order.</summary>
    public TableAnswer EvaluateAll(double bound, double outerOctaves, double innerOctaves)
    {
        var leaves = Leaves;
        if (leaves.IsEmpty)
        {
            return TableAnswer.None;
        }

        var nearest = default(NearestFive);
        for (var i = 0; i < leaves.Length; i++)
        {
            nearest.Offer(leaves[i].SquaredDistance(outerOctaves, innerOctaves), i);
        }

        var count = Math.Min(nearest.Count, Kept);
        var fifth = nearest.Count > Kept ? Math.Sqrt(nearest.SquaredDistance(Kept)) : double.PositiveInfinity;
        var (total, utilization, power) = (0.0, 0.0, 0.0);
        for (var i = 0; i < count; i++)
        {
            ref readonly var leaf = ref leaves[nearest.Leaf(i)];
            var weight = Weight(nearest.SquaredDistance(i), fifth);
            total += weight;
            utilization += weight * leaf.Utilization;
            power += weight * leaf.PowerWatts;
        }

        if (!(total > 0))
        {
            // All five at one distance: the order of the leaves decides which four count, each as much as the others.
            (total, utilization, power) = (count, 0, 0);
            for (var i = 0; i < count; i++)
            {
                utilization += leaves[nearest.Leaf(i)].Utilization;
                power += leaves[nearest.Leaf(i)].PowerWatts;
            }
        }

        return new TableAnswer(bound / (utilization / total), power / total, Provenance.Extrapolated);
    }

    /// <summary>
    /// Adds the answers at one inner coordinate and all outer coordinates of a sweep. For rooflines that are proportional to the outer coordinate.
    /// </summary>
    public void AddSweep<TRoofline>(in TRoofline roofline, double first, double inner, GridSweep sweep)
        where TRoofline : struct, IGridRoofline
    {
        var slope = roofline.Ms(first, 1, inner);
        var innerOctaves = Octaves(inner);
        if (sweep.Count >= ShortRun && slope > 0 && double.IsFinite(slope)
            && TryFive(sweep.OuterOctaves[0], innerOctaves, out var atFirst) && TryFive(sweep.OuterOctaves[^1], innerOctaves, out var atLast))
        {
            AddBetween(atFirst, atLast, slope, innerOctaves, sweep);
        }
        else
        {
            AddOneByOne(slope, innerOctaves, sweep);
        }
    }

    /// <summary>Halves a sweep until the five nearest leaves are the same at both ends of a part.</summary>
    /// <param name="atFirst">The five at the first outer coordinate.</param>
    /// <param name="atLast">The five at the last.</param>
    /// <param name="slope">Roofline at the outer coordinate 1, ms.</param>
    /// <param name="innerOctaves"><see cref="Octaves"/> of the inner coordinate.</param>
    /// <param name="sweep">What to add to.</param>
    private void AddBetween(in NearestFive atFirst, in NearestFive atLast, double slope, double innerOctaves, GridSweep sweep)
    {
        if (atFirst.AgreesWith(atLast))
        {
            // The difference of two squared distances is linear in the outer octaves: the five that are nearest at both ends, the same
            // one fifth, are so in between.
            AddRun(atFirst, slope, innerOctaves, sweep);
            return;
        }

        var half = sweep.Count / 2;
        if (half >= ShortRun
            && TryFive(sweep.OuterOctaves[half - 1], innerOctaves, out var before) && TryFive(sweep.OuterOctaves[half], innerOctaves, out var after))
        {
            AddBetween(atFirst, before, slope, innerOctaves, sweep.Slice(0, half));
            AddBetween(after, atLast, slope, innerOctaves, sweep.Slice(half, sweep.Count - half));
        }
        else
        {
            AddOneByOne(slope, innerOctaves, sweep);
        }
    }

    private bool TryFive(double outerOctaves, double innerOctaves, out NearestFive nearest)
    {
        nearest = default;
        foreach (var candidate in _cells.Find(outerOctaves, innerOctaves))
        {
            nearest.Offer(_leaves[candidate].SquaredDistance(outerOctaves, innerOctaves), candidate);
        }

        return nearest.Count > Kept;
    }

    private void AddOneByOne(double slope, double innerOctaves, GridSweep sweep)
    {
        for (var i = 0; i < sweep.Count; i++)
        {
            sweep.Add(i, Evaluate(slope * (sweep.FirstOuter + i), sweep.OuterOctaves[i], innerOctaves));
        }
    }

    /// <summary>Outer coordinates that all have the same five nearest leaves, four at a time.</summary>
    /// <remarks>Optimised from the first call: a planner sweeps every few minutes, and vectors are slow in code of the first tier.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddRun(in NearestFive five, double slope, double innerOctaves, GridSweep sweep)
    {
        var lanes = Vector256<double>.Count;
        var i = 0;
        for (; i + lanes <= sweep.Count; i += lanes)
        {
            var outerOctaves = Vector256.Create(sweep.OuterOctaves[i..]);
            var fifth = Vector256.Sqrt(SquaredDistance(_leaves[five.Leaf(Kept)], outerOctaves, innerOctaves));
            var (total, utilization, power) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
            for (var rank = 0; rank < Kept; rank++)
            {
                ref readonly var leaf = ref _leaves[five.Leaf(rank)];
                var distance = Vector256.Sqrt(SquaredDistance(leaf, outerOctaves, innerOctaves));
                var root = Vector256.MaxNative(fifth - distance, Vector256<double>.Zero) / ((fifth * distance) + Vector256.Create(1e-12));
                var weight = root * root;
                total += weight;
                utilization += weight * leaf.Utilization;
                power += weight * leaf.PowerWatts;
            }

            if (!Vector256.GreaterThanAll(total, Vector256<double>.Zero))
            {
                AddOneByOne(slope, innerOctaves, sweep.Slice(i, lanes));
                continue;
            }

            // Latency is bound / (utilization / total), power is power / total: energy, their product, needs no total.
            var bound = (Vector256.Create((double)(sweep.FirstOuter + i)) + Vector256<double>.Indices) * slope;
            var scale = bound / utilization;
            (Vector256.Create(sweep.LatencyMs[i..]) + (scale * total)).CopyTo(sweep.LatencyMs[i..]);
            (Vector256.Create(sweep.EnergyMillijoules[i..]) + (scale * power)).CopyTo(sweep.EnergyMillijoules[i..]);
        }

        sweep.Slice(0, i).Lower(Provenance.Extrapolated);
        AddOneByOne(slope, innerOctaves, sweep.Slice(i, sweep.Count - i));
    }

    private static Vector256<double> SquaredDistance(in HoldLeaf leaf, Vector256<double> outerOctaves, double innerOctaves)
    {
        var outer = Vector256.Create(leaf.OuterOctaves) - outerOctaves;
        var inner = leaf.InnerOctaves - innerOctaves;
        return Vector256.Create(leaf.FirstSquared) + (outer * outer) + Vector256.Create(inner * inner);
    }

    private static double Weight(double squaredDistance, double fifth)
    {
        if (double.IsPositiveInfinity(fifth))
        {
            return 1 / (squaredDistance + 1e-12);
        }

        var distance = Math.Sqrt(squaredDistance);
        var root = Math.Max(fifth - distance, 0) / ((fifth * distance) + 1e-12);
        return root * root;
    }

    private TableAnswer Evaluate(ReadOnlySpan<int> candidates, double bound, double outerOctaves, double innerOctaves)
    {
        var fifth = Vector256.Create(Math.Sqrt(FifthSmallest(candidates, outerOctaves, innerOctaves)));
        var (total, utilization, power) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
        for (var i = 0; i + HoldCells.Group <= candidates.Length; i += HoldCells.Group)
        {
            ref readonly var a = ref _leaves[candidates[i]];
            ref readonly var b = ref _leaves[candidates[i + 1]];
            ref readonly var c = ref _leaves[candidates[i + 2]];
            ref readonly var d = ref _leaves[candidates[i + 3]];
            var distance = Vector256.Sqrt(SquaredDistances(a, b, c, d, outerOctaves, innerOctaves));
            var root = Vector256.MaxNative(fifth - distance, Vector256<double>.Zero) / ((fifth * distance) + Vector256.Create(1e-12));
            var weight = root * root;
            total += weight;
            utilization += weight * Vector256.Create(a.Utilization, b.Utilization, c.Utilization, d.Utilization);
            power += weight * Vector256.Create(a.PowerWatts, b.PowerWatts, c.PowerWatts, d.PowerWatts);
        }

        var sum = Vector256.Sum(total);
        return sum > 0
            ? new TableAnswer(bound / (Vector256.Sum(utilization) / sum), Vector256.Sum(power) / sum, Provenance.Extrapolated)
            : EvaluateAll(bound, outerOctaves, innerOctaves);
    }

    /// <summary>Squared distance of the fifth nearest leaf.</summary>
    private double FifthSmallest(ReadOnlySpan<int> candidates, double outerOctaves, double innerOctaves)
    {
        // The five smallest so far, ascending. Doubles that are not negative compare like their bits, and integers have a minimum and a
        // maximum that cost no branch.
        var (a, b, c, d, e) = (long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue);
        foreach (var candidate in candidates)
        {
            var next = BitConverter.DoubleToInt64Bits(_leaves[candidate].SquaredDistance(outerOctaves, innerOctaves));
            (a, next) = (Math.Min(a, next), Math.Max(a, next));
            (b, next) = (Math.Min(b, next), Math.Max(b, next));
            (c, next) = (Math.Min(c, next), Math.Max(c, next));
            (d, next) = (Math.Min(d, next), Math.Max(d, next));
            e = Math.Min(e, next);
        }

        return BitConverter.Int64BitsToDouble(e);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> SquaredDistances(
        in HoldLeaf a, in HoldLeaf b, in HoldLeaf c, in HoldLeaf d, double outerOctaves, double innerOctaves)
    {
        var outer = Vector256.Create(a.OuterOctaves, b.OuterOctaves, c.OuterOctaves, d.OuterOctaves) - Vector256.Create(outerOctaves);
        var inner = Vector256.Create(a.InnerOctaves, b.InnerOctaves, c.InnerOctaves, d.InnerOctaves) - Vector256.Create(innerOctaves);
        return Vector256.Create(a.FirstSquared, b.FirstSquared, c.FirstSquared, d.FirstSquared) + (outer * outer) + (inner * inner);
    }
}
