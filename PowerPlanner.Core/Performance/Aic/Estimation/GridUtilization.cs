using PowerPlanner.Performance.Aic.Interpolation;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>Utilization of what a grid measures, over the grid's axes.</summary>
internal static class GridUtilization
{
    /// <param name="points">Ascending by key.</param>
    /// <param name="roofline">Their speed of light, without a cached prefix.</param>
    /// <param name="factor">What every utilization is multiplied by.</param>
    public static UtilizationTable Of<TRoofline>(GridPoint[] points, TRoofline roofline, double factor = 1)
        where TRoofline : struct, IGridRoofline
    {
        var samples = new UtilizationSamples();
        foreach (var point in points)
        {
            samples.Add(point.First, point.Outer, point.Inner, point.Leaf.LatencyMs, roofline.Ms(point.First, point.Outer, point.Inner));
        }

        return samples.Build(along: 2, factor);
    }
}
