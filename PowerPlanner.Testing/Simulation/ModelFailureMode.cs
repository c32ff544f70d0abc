namespace PowerPlanner.Testing.Simulation;

/// <summary>How a performance model fails.</summary>
public enum ModelFailureMode
{
    /// <summary>It has no data: <see cref="Performance.NoPerformanceDataException"/>.</summary>
    NoData,

    /// <summary>It throws what no model should throw.</summary>
    Throws,

    /// <summary>It answers latencies of 999 999 ms, as the reference's table does where it finds nothing.</summary>
    HugeLatencies,

    /// <summary>It does not return until it is let go.</summary>
    Hangs,
}
