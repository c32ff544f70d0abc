namespace PowerPlanner.Performance.Aic;

/// <summary>An aggregated engine at a steady batch (specification 6.4), unrounded.</summary>
/// <param name="TtftMs">Time to first token with the backend's queueing factor, ms.</param>
/// <param name="ItlMs">Mean inter-token latency, ms.</param>
/// <param name="RequestLatencyMs">From arrival to the last token, ms.</param>
/// <param name="RequestsPerSecond">Requests/s of one replica: all attention ranks and pipeline stages.</param>
/// <param name="TokensPerSecond">Output tokens/s of one replica, without the first ones (AIC counts osl − 1 here).</param>
/// <param name="Concurrency">Sequences in the replica.</param>
/// <param name="Cycle">All steps that one batch takes.</param>
/// <param name="Memory">Device memory that the batch needs on one GPU.</param>
/// <param name="ContextTokens">Prefill tokens of a mixed step.</param>
public readonly record struct AicAggregatedEstimate(
    double TtftMs,
    double ItlMs,
    double RequestLatencyMs,
    double RequestsPerSecond,
    double TokensPerSecond,
    double Concurrency,
    AicPhaseEstimate Cycle,
    AicMemoryEstimate Memory,
    int ContextTokens)
{
    /// <summary>Mean power of one GPU as AIC defines it, W.</summary>
    public double? PowerWatts => Cycle.PowerWatts;
}
