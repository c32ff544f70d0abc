namespace PowerPlanner.Control;

/// <summary>Why the optimizer is off. The names on dashboards are the reference planner's.</summary>
public enum DisabledReason
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>The model gave no estimate at the start (<c>infeasible_at_startup</c>).</summary>
    InfeasibleAtStartup,

    /// <summary>The model threw or hung at the start (<c>startup_exception</c>).</summary>
    StartupException,

    /// <summary>Too many sweeps failed in a row (<c>max_consecutive_failures</c>).</summary>
    MaxConsecutiveFailures,
}
