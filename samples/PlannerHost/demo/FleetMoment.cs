namespace PlannerHost.Demo;

/// <summary>What a simulated fleet measured at one instant.</summary>
/// <param name="At">Time since the fleet began.</param>
/// <param name="Watts">Draw of all GPUs, W.</param>
/// <param name="OfferedRequestsPerSecond">What arrived.</param>
/// <param name="AdmittedRequestsPerSecond">What the frontends let in.</param>
/// <param name="TtftMs">Mean time to first token, ms.</param>
/// <param name="ItlMs">Mean inter-token latency, ms.</param>
/// <param name="PrefillReady">Prefill replicas that serve.</param>
/// <param name="DecodeReady">Decode replicas that serve.</param>
/// <param name="PrefillCapWatts">Highest cap in force on a prefill GPU, W.</param>
/// <param name="DecodeCapWatts">Highest cap in force on a decode GPU, W.</param>
internal sealed record FleetMoment(
    TimeSpan At,
    double Watts,
    double OfferedRequestsPerSecond,
    double AdmittedRequestsPerSecond,
    double TtftMs,
    double ItlMs,
    int PrefillReady,
    int DecodeReady,
    int PrefillCapWatts,
    int DecodeCapWatts);
