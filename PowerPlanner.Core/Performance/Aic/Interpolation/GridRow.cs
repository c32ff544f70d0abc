namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>Where an outer coordinate lies in a grid, found once for several inner coordinates.</summary>
/// <param name="Outer">The coordinate.</param>
/// <param name="OuterOctaves">log2 of it.</param>
/// <param name="Index">Last row of the plane not above it; −1 where there is none, or where more than one plane is asked.</param>
internal readonly record struct GridRow(double Outer, double OuterOctaves, int Index);
