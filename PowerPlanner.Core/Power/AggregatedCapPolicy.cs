namespace PowerPlanner.Power;

/// <summary>Which power an engine that runs both phases is capped by.</summary>
public enum AggregatedCapPolicy
{
    /// <summary>The larger of the two phases' powers, so that neither is throttled. The default.</summary>
    Max,

    /// <summary>Their mean: a prefill burst is throttled (603 and 263 W give 433 W).</summary>
    Mean,
}
