namespace PowerPlanner.Performance.Aic;

/// <summary>A static batch through both phases of one engine (specification 6.2), unrounded. It says what the steps take, not whether they fit.</summary>
/// <param name="Context">The prefill step.</param>
/// <param name="Generation">All decode steps after the first token; nothing where one token is asked for.</param>
/// <param name="ItlMs">Mean time of an output token after the first, ms; 0 where one token is asked for.</param>
/// <param name="RequestLatencyMs">From arrival to the last token, ms.</param>
/// <param name="RequestsPerSecond">Requests/s of one replica: all attention ranks and pipeline stages.</param>
/// <param name="TokensPerSecond">Output tokens/s of one replica, the first ones included.</param>
/// <param name="PowerWatts">Mean power of one GPU over both phases as AIC defines it, W.</param>
/// <param name="Memory">Device memory that the batch needs on one GPU.</param>
public readonly record struct AicStaticEstimate(
    AicPhaseEstimate Context,
    AicPhaseEstimate Generation,
    double ItlMs,
    double RequestLatencyMs,
    double RequestsPerSecond,
    double TokensPerSecond,
    double PowerWatts,
    AicMemoryEstimate Memory)
{
    /// <summary>Time to the first token, ms.</summary>
    public double TtftMs => Context.LatencyMs;
}
