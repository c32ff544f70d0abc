namespace PowerPlanner.Control;

/// <summary>What has happened since the controller was made or restored; every count only rises.</summary>
public readonly record struct ControllerCounters
{
    /// <summary>Sweeps that failed.</summary>
    public long Exceptions { get; init; }

    /// <summary>Times that a coefficient reached a bound of its range.</summary>
    public long CorrectionPegged { get; init; }

    /// <summary>Times that a predicted power was above 1.1 times the nameplate and the nameplate took its place.</summary>
    public long PowerClamped { get; init; }

    /// <summary>Times that the hardware's range moved a planned cap.</summary>
    public long CapClamped { get; init; }

    /// <summary>Plans whose throughput was lower than the last one's by more than the threshold.</summary>
    public long ThroughputRegression { get; init; }

    /// <summary>Writes of thresholds that failed, one a frontend and attempt.</summary>
    public long PartialAdmission { get; init; }

    /// <summary>Attempts to write thresholds that failed at every frontend.</summary>
    public long FailedAdmission { get; init; }

    /// <summary>Attempts to send thresholds that found no frontend.</summary>
    public long NoFrontends { get; init; }

    /// <summary>Times that an absolute prefill threshold was due and no worker reported its <c>max_num_batched_tokens</c>.</summary>
    public long MaxBatchedTokensUnavailable { get; init; }

    /// <summary>Observations older than the freshness bound.</summary>
    public long StaleObservations { get; init; }

    /// <summary>Single values of observations that were not finite, negative or impossible, and windows that came late or twice.</summary>
    public long InvalidObservations { get; init; }

    /// <summary>Sweeps that ended in a plan or an infeasible answer.</summary>
    public long Sweeps { get; init; }

    /// <summary>Commands that the actuator refused or failed.</summary>
    public long FailedCommands { get; init; }
}
