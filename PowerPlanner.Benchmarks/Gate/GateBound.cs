namespace PowerPlanner.Benchmarks.Gate;

/// <summary>What one row must keep.</summary>
/// <param name="What">The row's name.</param>
/// <param name="MostBytes">Most bytes that a call may allocate; null = any.</param>
/// <param name="LeastRatio">Least times that the straightforward implementation must take as long; null = there is none.</param>
internal sealed record GateBound(string What, long? MostBytes, double? LeastRatio);
