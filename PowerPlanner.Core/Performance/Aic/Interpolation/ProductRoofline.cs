namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Speed of light of what takes the same time for every element of an m × k matrix: scales of activations (specification, chapter 3).
/// Only its ratios matter, so the factor is 1.
/// </summary>
internal readonly record struct ProductRoofline : IGridRoofline
{
    public double Ms(double first, double outer, double inner) => outer * inner;
}
