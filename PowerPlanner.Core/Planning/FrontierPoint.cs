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
/// <param name="JoulesPerRequest">What all replicas draw at that throughput, non-GPU watts included, for one request, J.</param>
/// <param name="JoulesPerToken">The same for one token, input and output, J.</param>
public readonly record struct FrontierPoint(
    long TotalWatts,
    long TotalGpus,
    double ThroughputRequestsPerSecond,
    int PrefillReplicas,
    int DecodeReplicas,
    int PrefillCapWatts,
    int DecodeCapWatts,
    int DecodeBatch,
    double JoulesPerRequest = 0,
    double JoulesPerToken = 0);
