namespace PowerPlanner.Diagnostics;

/// <summary>What happened to a condition, and how long it has lasted.</summary>
/// <param name="Kind">Whether it is worth a message.</param>
/// <param name="Duration">Time since it began; zero where it has just begun, or never did.</param>
internal readonly record struct Edge(EdgeKind Kind, TimeSpan Duration);
