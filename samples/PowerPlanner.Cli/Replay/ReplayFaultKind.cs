namespace PowerPlanner.Cli.Replay;

/// <summary>What fails.</summary>
internal enum ReplayFaultKind
{
    /// <summary>The performance model throws; one call is one sweep.</summary>
    ModelThrows,

    /// <summary>The performance model does not answer; the sweep ends in its timeout.</summary>
    ModelHangs,

    /// <summary>The metrics source throws; one call is one tick.</summary>
    MetricsFail,

    /// <summary>The actuator refuses; one call is one command.</summary>
    ActuatorFails,
}
