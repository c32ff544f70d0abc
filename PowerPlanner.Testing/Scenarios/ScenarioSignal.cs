namespace PowerPlanner.Testing.Scenarios;

/// <summary>A number that assertions compare. Truth values are 1 and 0, what is not known is NaN.</summary>
public enum ScenarioSignal
{
    /// <summary>Prefill replicas, ready or starting, after the tick.</summary>
    PrefillReplicas,

    /// <summary>Decode replicas, ready or starting, after the tick.</summary>
    DecodeReplicas,

    /// <summary>Prefill replicas that are ready when the tick starts.</summary>
    PrefillReady,

    /// <summary>Decode replicas that are ready when the tick starts.</summary>
    DecodeReady,

    /// <summary>Prefill cap in force after the tick, W.</summary>
    PrefillCapWatts,

    /// <summary>Decode cap in force after the tick, W.</summary>
    DecodeCapWatts,

    /// <summary>True time to first token, ms.</summary>
    TtftMs,

    /// <summary>True inter-token latency, ms.</summary>
    ItlMs,

    /// <summary>True draw of a prefill GPU, W.</summary>
    PrefillWattsPerGpu,

    /// <summary>True draw of a decode GPU, W.</summary>
    DecodeWattsPerGpu,

    /// <summary>Offered tokens/s.</summary>
    TokensPerSecond,

    /// <summary>True draw of the fleet, W.</summary>
    TrueWatts,

    /// <summary>Coefficient of TTFT.</summary>
    CorrectionTtft,

    /// <summary>Coefficient of ITL.</summary>
    CorrectionItl,

    /// <summary>Coefficient of prefill power.</summary>
    CorrectionPowerPrefill,

    /// <summary>Coefficient of decode power.</summary>
    CorrectionPowerDecode,

    /// <summary>What the plan can serve, tokens/s.</summary>
    EstimatedTokensPerSecond,

    /// <summary>Ticks in a row with a violation.</summary>
    ViolationTicks,

    /// <summary>The controller's charge, W.</summary>
    LedgerWatts,

    /// <summary>The controller's highest charge during the tick, W.</summary>
    PeakLedgerWatts,

    /// <summary>The fleet's own charge, W.</summary>
    ChargedWatts,

    /// <summary>The fleet's highest charge during the tick, W.</summary>
    PeakChargedWatts,

    /// <summary>The budget, W; infinite where there is none.</summary>
    BudgetWatts,

    /// <summary>Whether the model was asked.</summary>
    Swept,

    /// <summary>Whether the optimizer is off.</summary>
    IsDisabled,

    /// <summary>Whether a best-effort plan runs.</summary>
    IsBestEffort,

    /// <summary>Whether prefill is held by its cap.</summary>
    IsPrefillPowerLimited,

    /// <summary>Whether decode is held by its cap.</summary>
    IsDecodePowerLimited,

    /// <summary>Whether the prefill cap is not enforced.</summary>
    IsPrefillCapNotEnforced,

    /// <summary>Whether the decode cap is not enforced.</summary>
    IsDecodeCapNotEnforced,

    /// <summary>Sweeps that failed so far.</summary>
    Exceptions,

    /// <summary>Times so far that a coefficient reached a bound.</summary>
    CorrectionPegged,

    /// <summary>Non-physical predictions so far.</summary>
    PowerClamped,

    /// <summary>Times so far that the hardware's range moved a planned cap.</summary>
    CapClamped,

    /// <summary>Failed writes of thresholds so far.</summary>
    PartialAdmission,

    /// <summary>Unknown <c>max_num_batched_tokens</c> so far.</summary>
    MaxBatchedTokensUnavailable,

    /// <summary>Frontends that lag.</summary>
    UnacknowledgedFrontends,

    /// <summary>Commands that reached the fleet in the tick.</summary>
    Commands,

    /// <summary>Times so far that a commanded count turned round.</summary>
    DirectionFlips,
}
