namespace PowerPlanner.Performance;

/// <summary>What an aggregated engine does at an operating point.</summary>
/// <param name="TtftMs">Time to first token, ms, with the composition's own queueing factors.</param>
/// <param name="ItlMs">Mean inter-token latency, ms.</param>
/// <param name="RequestsPerSecond">Requests/s of one replica: all attention ranks and pipeline stages, no utilization factor.</param>
public readonly record struct AggregatedEstimate(double TtftMs, double ItlMs, double RequestsPerSecond);
