using System.Runtime.CompilerServices;

namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Answers outside a grid's range (specification 2.3): the utilization of the four nearest leaves in octaves, with weights that vanish at
/// the fifth's distance. The first coordinate is fixed; the leaves of all its keys take part.
/// </summary>
internal sealed class HoldLeaves
{
    private const double Smallest = 1e-12;

    /// <summary>Leaves in lexicographic order of their keys, which decides between equal distances.</summary>
    private readonly HoldLeaf[] _leaves;

    private HoldLeaves(HoldLeaf[] leaves) => _leaves = leaves;

    /// <param name="points">Ascending and distinct.</param>
    /// <param name="roofline">Bound of each leaf at its own coordinates.</param>
    /// <param name="first">The fixed coordinate of all queries.</param>
    public static HoldLeaves Create<TRoofline>(ReadOnlySpan<GridPoint> points, in TRoofline roofline, double first)
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

        return new HoldLeaves([.. leaves]);
    }

    public static double Octaves(double coordinate) => Math.Log2(Math.Max(coordinate, Smallest));

    /// <param name="bound">Roofline at the query, ms.</param>
    /// <param name="outerOctaves"><see cref="Octaves"/> of the outer coordinate.</param>
    /// <param name="innerOctaves"><see cref="Octaves"/> of the inner coordinate.</param>
    public TableAnswer Evaluate(double bound, double outerOctaves, double innerOctaves)
    {
        if (_leaves.Length == 0 || !(bound > 0 && double.IsFinite(bound)))
        {
            return TableAnswer.None;
        }

        var nearest = new NearestFive();
        for (var i = 0; i < _leaves.Length; i++)
        {
            nearest.Offer(_leaves[i].SquaredDistance(outerOctaves, innerOctaves), i);
        }

        return Blend(in nearest, bound);
    }

    private TableAnswer Blend(in NearestFive nearest, double bound)
    {
        var count = Math.Min(nearest.Count, 4);
        var fifth = nearest.Count > 4 ? Math.Sqrt(nearest.SquaredDistance(4)) : double.PositiveInfinity;
        var (total, utilization, power) = (0.0, 0.0, 0.0);
        for (var i = 0; i < count; i++)
        {
            var squared = nearest.SquaredDistance(i);
            double weight;
            if (nearest.Count > 4)
            {
                var distance = Math.Sqrt(squared);
                var root = Math.Max(fifth - distance, 0) / ((fifth * distance) + 1e-12);
                weight = root * root;
            }
            else
            {
                weight = 1 / (squared + 1e-12);
            }

            ref readonly var leaf = ref _leaves[nearest.Leaf(i)];
            total += weight;
            utilization += weight * leaf.Utilization;
            power += weight * leaf.PowerWatts;
        }

        if (!(total > 0))
        {
            // All five at one distance.
            (total, utilization, power) = (count, 0, 0);
            for (var i = 0; i < count; i++)
            {
                utilization += _leaves[nearest.Leaf(i)].Utilization;
                power += _leaves[nearest.Leaf(i)].PowerWatts;
            }
        }

        return new TableAnswer(bound / (utilization / total), power / total, Provenance.Extrapolated);
    }
}

/// <summary>A leaf as hold needs it.</summary>
/// <param name="FirstSquared">Squared octaves between its first coordinate and that of all queries.</param>
/// <param name="OuterOctaves">log2 of its outer coordinate.</param>
/// <param name="InnerOctaves">log2 of its inner coordinate.</param>
/// <param name="Utilization">Roofline over latency.</param>
/// <param name="PowerWatts">W.</param>
internal readonly record struct HoldLeaf(double FirstSquared, double OuterOctaves, double InnerOctaves, double Utilization, double PowerWatts)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double SquaredDistance(double outerOctaves, double innerOctaves)
    {
        var outer = OuterOctaves - outerOctaves;
        var inner = InnerOctaves - innerOctaves;
        return FirstSquared + (outer * outer) + (inner * inner);
    }
}
