namespace PowerPlanner.Performance;

/// <summary>The operating point of an aggregated engine.</summary>
/// <param name="Batch">Concurrent sequences per attention rank; at least 1.</param>
/// <param name="Isl">Mean input length, tokens; at least 1.</param>
/// <param name="Osl">Mean output length, tokens; at least 1.</param>
public readonly record struct AggregatedQuery(int Batch, int Isl, int Osl);
