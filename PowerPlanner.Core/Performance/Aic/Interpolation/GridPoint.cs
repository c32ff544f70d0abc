namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>A measurement of a grid of three axes, or of two with the first coordinate 1.</summary>
internal readonly record struct GridPoint(double First, double Outer, double Inner, Leaf Leaf)
{
    /// <summary>Ascending by key, outermost axis first; of equal keys the first in the list stays.</summary>
    public static GridPoint[] SortDistinct(List<GridPoint> points)
    {
        var order = new int[points.Count];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(order, (left, right) =>
        {
            var comparison = CompareKeys(points[left], points[right]);
            return comparison != 0 ? comparison : left.CompareTo(right);
        });
        var sorted = new List<GridPoint>(order.Length);
        foreach (var i in order)
        {
            if (sorted.Count == 0 || CompareKeys(sorted[^1], points[i]) != 0)
            {
                sorted.Add(points[i]);
            }
        }

        return [.. sorted];
    }

    private static int CompareKeys(in GridPoint left, in GridPoint right)
    {
        var comparison = left.First.CompareTo(right.First);
        comparison = comparison != 0 ? comparison : left.Outer.CompareTo(right.Outer);
        return comparison != 0 ? comparison : left.Inner.CompareTo(right.Inner);
    }
}
