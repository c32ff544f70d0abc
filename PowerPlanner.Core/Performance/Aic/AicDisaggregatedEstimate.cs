namespace PowerPlanner.Performance.Aic;

/// <summary>Prefill and decode workers together (specification 6.5), rounded to three decimals as AIC does.</summary>
/// <param name="TtftMs">Time to first token with AIC's queueing factor, ms.</param>
/// <param name="ItlMs">Mean inter-token latency, ms.</param>
/// <param name="RequestLatencyMs">From arrival to the last token, ms.</param>
/// <param name="RequestsPerSecond">Requests/s of all workers, with AIC's utilization factors.</param>
/// <param name="TokensPerSecond">Output tokens/s of all workers.</param>
/// <param name="TokensPerSecondPerGpu">The same over all GPUs.</param>
/// <param name="Gpus">GPUs of all workers.</param>
/// <param name="Concurrency">Decoding sequences of all workers.</param>
/// <param name="PowerWatts">Mean power of one GPU over a request as AIC defines it, W.</param>
/// <param name="PowerCoverage">Share of the workers' latencies whose operations have power data, 0 to 1; unrounded.</param>
/// <param name="PrefillMemory">Device memory of a prefill worker's GPU.</param>
/// <param name="DecodeMemory">Device memory of a decode worker's GPU.</param>
public readonly record struct AicDisaggregatedEstimate(
    double TtftMs,
    double ItlMs,
    double RequestLatencyMs,
    double RequestsPerSecond,
    double TokensPerSecond,
    double TokensPerSecondPerGpu,
    long Gpus,
    double Concurrency,
    double PowerWatts,
    double PowerCoverage,
    AicMemoryEstimate PrefillMemory,
    AicMemoryEstimate DecodeMemory);
