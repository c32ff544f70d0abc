using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>
/// A table with several numeric axes: a tree of sorted keys, level 0 for axis 0 and so on (specification 2.2, 2.3).
/// </summary>
/// <param name="name">Named where the table has no answer.</param>
/// <param name="depth">Number of axes.</param>
/// <param name="speedOfLightMs">SOL at real-valued coordinates; only ratios of it matter.</param>
/// <param name="squareRootAxis">The axis along which latency is blended as a square root; null = none.</param>
internal sealed class GridTable(string name, int depth, Func<double[], double> speedOfLightMs, int? squareRootAxis = null)
{
    private const int HoldNeighbours = 4;

    private readonly Node _root = new();
    private List<HoldLeaf>? _holdLeaves;

    private enum Failure
    {
        None,
        OutOfRange,
        Miss,
    }

    public string Name => name;

    public bool IsEmpty => _root.Children.Count == 0;

    /// <summary>Files a row; the first one to claim a key wins.</summary>
    public void Add(Leaf leaf, params long[] key)
    {
        var node = _root;
        foreach (var coordinate in key)
        {
            if (!node.Children.TryGetValue(coordinate, out var child))
            {
                child = new Node();
                node.Children.Add(coordinate, child);
            }

            node = child;
        }

        node.Leaf ??= leaf;
    }

    public (long Lowest, long Highest) Range(int axis)
    {
        var level = new List<Node> { _root };
        for (var d = 0; d < axis; d++)
        {
            level = [.. level.SelectMany(node => node.Children.Values)];
        }

        return (level.Min(node => node.Children.Keys[0]), level.Max(node => node.Children.Keys[^1]));
    }

    /// <exception cref="NoPerformanceDataException">The table has no answer at this point.</exception>
    public TableAnswer Resolve(params double[] c)
    {
        if (TryExact(c) is { } leaf)
        {
            return TableAnswer.Exact(leaf);
        }

        var inside = Interior(_root, c, 0);
        if (inside.Failure == Failure.OutOfRange)
        {
            inside = Hold(c);
        }

        return inside.Failure == Failure.None
            ? TableAnswer.Estimated(inside.LatencyMs, inside.PowerWatts, inside.Provenance)
            : throw new NoPerformanceDataException(FormattableString.Invariant($"{name} has no answer at ({string.Join(", ", c)})."));
    }

    private Leaf? TryExact(double[] c)
    {
        var node = _root;
        foreach (var coordinate in c)
        {
            if (!node.TryChild(coordinate, out node))
            {
                return null;
            }
        }

        return node.Leaf;
    }

    private Branch Interior(Node node, double[] c, int d)
    {
        if (d == depth)
        {
            return Branch.Answer(node.Leaf!.Value.LatencyMs, node.Leaf.Value.BlendedPowerWatts, Provenance.Measured);
        }

        if (node.TryChild(c[d], out var exact))
        {
            return Interior(exact, c, d + 1);
        }

        var keys = node.Children.Keys;
        if (keys.Count == 0)
        {
            return Branch.Failed(Failure.Miss);
        }

        if (c[d] < keys[0] || c[d] > keys[^1])
        {
            return Branch.Failed(Failure.OutOfRange);
        }

        var above = 0;
        while (keys[above] < c[d])
        {
            above++;
        }

        var (lo, hi) = (keys[above - 1], keys[above]);
        var a = Interior(node.Children[lo], c, d + 1);
        var b = Interior(node.Children[hi], c, d + 1);
        if (a.Failure != Failure.None && b.Failure != Failure.None)
        {
            return Branch.Failed(a.Failure == Failure.OutOfRange || b.Failure == Failure.OutOfRange ? Failure.OutOfRange : Failure.Miss);
        }

        if (a.Failure != Failure.None || b.Failure != Failure.None)
        {
            return a.Failure == Failure.None ? Transport(a, lo, c, d) : Transport(b, hi, c, d);
        }

        var w = (c[d] - lo) / (hi - lo);
        var latency = d == squareRootAxis
            ? Square(Root(a.LatencyMs) + ((Root(b.LatencyMs) - Root(a.LatencyMs)) * w))
            : a.LatencyMs + ((b.LatencyMs - a.LatencyMs) * w);
        var power = a.PowerWatts + ((b.PowerWatts - a.PowerWatts) * w);
        return Branch.Answer(latency, power, OperationCost.Combine(Provenance.Interpolated, OperationCost.Combine(a.Provenance, b.Provenance)));
    }

    /// <summary>One side of a bracket alone answers: its latency goes along the failing axis by the SOL ratio, its power as it is.</summary>
    private Branch Transport(Branch survivor, long key, double[] c, int d)
    {
        double[] at = [.. c];
        at[d] = key;
        var (here, there) = (speedOfLightMs(c), speedOfLightMs(at));
        var factor = Coordinates.IsPositive(here) && Coordinates.IsPositive(there) ? here / there : 1;
        return Branch.Answer(survivor.LatencyMs * factor, survivor.PowerWatts, Provenance.Extrapolated);
    }

    /// <summary>Outside on several axes: the utilization of the four nearest leaves, weighted down to nothing at the fifth.</summary>
    private Branch Hold(double[] c)
    {
        _holdLeaves ??= CollectHoldLeaves();
        var here = speedOfLightMs(c);
        var nearest = Nearest(_holdLeaves, [.. c.Select(Coordinates.Octaves)]);
        if (nearest.Count == 0 || !Coordinates.IsPositive(here))
        {
            return Branch.Failed(Failure.Miss);
        }

        var fifth = nearest.Count > HoldNeighbours ? nearest[HoldNeighbours].Distance : double.PositiveInfinity;
        var kept = nearest.Take(HoldNeighbours).ToList();
        var weights = kept.Select(n => double.IsFinite(fifth)
            ? Square(Math.Max(fifth - n.Distance, 0) / ((fifth * n.Distance) + 1e-12))
            : 1 / (Square(n.Distance) + 1e-12)).ToList();
        if (weights.Sum() <= 0)
        {
            weights = [.. kept.Select(_ => 1.0)];
        }

        var total = weights.Sum();
        var utilization = kept.Zip(weights, (n, w) => w * n.Leaf.Utilization).Sum() / total;
        var power = kept.Zip(weights, (n, w) => w * n.Leaf.PowerWatts).Sum() / total;
        return Branch.Answer(here / utilization, power, Provenance.Extrapolated);
    }

    /// <summary>The five nearest leaves, nearest first; of two at the same distance the one with the lexicographically smaller key.</summary>
    private static List<(double Distance, HoldLeaf Leaf)> Nearest(List<HoldLeaf> leaves, double[] octaves)
    {
        var nearest = new List<(double Distance, HoldLeaf Leaf)>(HoldNeighbours + 2);
        foreach (var leaf in leaves)
        {
            var sum = 0.0;
            for (var i = 0; i < octaves.Length; i++)
            {
                sum += Square(leaf.Octaves[i] - octaves[i]);
            }

            var distance = Math.Sqrt(sum);
            if (nearest.Count > HoldNeighbours && distance >= nearest[HoldNeighbours].Distance)
            {
                continue;
            }

            var place = nearest.Count;
            while (place > 0 && distance < nearest[place - 1].Distance)
            {
                place--;
            }

            nearest.Insert(place, (distance, leaf));
            if (nearest.Count > HoldNeighbours + 1)
            {
                nearest.RemoveAt(HoldNeighbours + 1);
            }
        }

        return nearest;
    }

    /// <summary>All leaves that can take part in a hold, in ascending order of their key paths.</summary>
    private List<HoldLeaf> CollectHoldLeaves()
    {
        var leaves = new List<HoldLeaf>();
        Visit(_root, []);
        return leaves;

        void Visit(Node node, double[] path)
        {
            if (node.Leaf is { } leaf)
            {
                var speedOfLight = speedOfLightMs(path);
                if (Coordinates.IsPositive(leaf.LatencyMs) && Coordinates.IsPositive(speedOfLight))
                {
                    leaves.Add(new HoldLeaf([.. path.Select(Coordinates.Octaves)], speedOfLight / leaf.LatencyMs, leaf.BlendedPowerWatts));
                }
            }

            foreach (var (key, child) in node.Children)
            {
                Visit(child, [.. path, key]);
            }
        }
    }

    private static double Square(double x) => x * x;

    private static double Root(double x) => Math.Sqrt(Math.Max(x, 0));

    private sealed record HoldLeaf(double[] Octaves, double Utilization, double PowerWatts);

    private readonly record struct Branch(Failure Failure, double LatencyMs, double PowerWatts, Provenance Provenance)
    {
        public static Branch Answer(double latencyMs, double powerWatts, Provenance provenance) => new(Failure.None, latencyMs, powerWatts, provenance);

        public static Branch Failed(Failure failure) => new(failure, double.NaN, double.NaN, Provenance.Modelled);
    }

    private sealed class Node
    {
        public SortedList<long, Node> Children { get; } = [];

        public Leaf? Leaf { get; set; }

        public bool TryChild(double coordinate, out Node child)
        {
            child = this;
            if (!Coordinates.TryKey(coordinate, out var key) || !Children.TryGetValue(key, out var found))
            {
                return false;
            }

            child = found;
            return true;
        }
    }
}
