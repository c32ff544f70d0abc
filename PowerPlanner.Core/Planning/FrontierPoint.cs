namespace PowerPlanner.Planning;

/// <summary>The most that a number of watts can serve. In aggregated mode decode stands for the engine, with no prefill replicas.</summary>
/// <param name="TotalWatts">Charged watts of all replicas, W.</param>
/// <param name="TotalGpus">GPUs of all replicas.</param>
/// <param name="ThroughputRequestsPerSecond">Throughput, requests/s.</param>
/// <param name="PrefillReplicas">Prefill replicas.</param>
/// <param name="DecodeReplicas">Decode replicas.</param>
/// <param name="PrefillCapWatts">Cap of each prefill GPU, W.</param>
/// <param name="DecodeCapWatts">Cap of each decode GPU, W.</param>
/// <param name="DecodeBatch">Sequences per attention rank.</param>
public readonly record struct FrontierPoint(
    long TotalWatts,
    long TotalGpus,
    double ThroughputRequestsPerSecond,
    int PrefillReplicas,
    int DecodeReplicas,
    int PrefillCapWatts,
    int DecodeCapWatts,
    int DecodeBatch);
