namespace PowerPlanner.Testing.Simulation;

/// <summary>What a simulated fleet really did at its last step, whatever a metrics source said.</summary>
/// <param name="Load">What arrived.</param>
/// <param name="CapacityRequestsPerSecond">What it could serve, requests/s.</param>
/// <param name="ServedRequestsPerSecond">What it served, requests/s.</param>
/// <param name="TtftMs">Mean time to first token, queueing included, ms.</param>
/// <param name="ItlMs">Mean inter-token latency, ms.</param>
/// <param name="PrefillWattsPerGpu">Draw of a GPU of a ready prefill replica, W; of an engine that runs both phases, the mean of its turns.</param>
/// <param name="DecodeWattsPerGpu">Draw of a GPU of a ready decode replica, W; of an engine that runs both phases, the mean of its turns.</param>
/// <param name="FleetWatts">Draw of all GPUs: ready, warming and draining, W.</param>
/// <param name="EnforcesCaps">Whether the caps that were given bound the draw of every GPU.</param>
/// <param name="IsSettled">Whether no replica was warming or draining.</param>
public readonly record struct FleetTruth(
    OfferedLoad Load,
    double CapacityRequestsPerSecond,
    double ServedRequestsPerSecond,
    double TtftMs,
    double ItlMs,
    double PrefillWattsPerGpu,
    double DecodeWattsPerGpu,
    double FleetWatts,
    bool EnforcesCaps,
    bool IsSettled)
{
    /// <summary>Offered load over what the ready prefill replicas could serve alone; infinite where none could. Physical fleets only.</summary>
    public double PrefillUtilization { get; init; }

    /// <summary>Offered load over what the ready decode replicas could serve alone; infinite where none could. Physical fleets only.</summary>
    public double DecodeUtilization { get; init; }
}
