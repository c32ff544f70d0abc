namespace PowerPlanner.Control;

/// <summary>Where a controller's loop stands: of these the first that applies, in the order of their values.</summary>
public enum ControllerState
{
    /// <summary>Not started.</summary>
    Cold,

    /// <summary>The optimizer is off until a reset. The clamps still hold.</summary>
    Disabled,

    /// <summary>The optimizer is off and tries again after a while.</summary>
    Degraded,

    /// <summary>No plan fits watts, GPUs, KV cache or demand; it is sought again when one of them changes.</summary>
    Infeasible,

    /// <summary>The last sweep failed; the last plan holds, the next try comes after a backoff.</summary>
    Failing,

    /// <summary>A transition is under way: not every step of the plan is confirmed.</summary>
    Converging,

    /// <summary>No plan meets the latency targets; the one that violates them least runs.</summary>
    BestEffort,

    /// <summary>A trigger has been seen, but not on enough ticks in a row.</summary>
    Suspect,

    /// <summary>The last sweep is less than the least interval ago.</summary>
    RateLimited,

    /// <summary>Nothing to do.</summary>
    Watching,
}
