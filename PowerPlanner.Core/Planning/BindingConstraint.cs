namespace PowerPlanner.Planning;

/// <summary>What keeps a plan from serving more.</summary>
public enum BindingConstraint
{
    /// <summary>The plan serves the demand, or the objective asks for no more.</summary>
    Demand,

    /// <summary>The watt budget.</summary>
    Watts,

    /// <summary>The GPU ceiling.</summary>
    Gpus,

    /// <summary>The most replicas allowed of a role.</summary>
    Replicas,

    /// <summary>The TTFT target: a prefill point that misses it would serve more.</summary>
    TtftTarget,

    /// <summary>The ITL target: a decode point that misses it would serve more.</summary>
    ItlTarget,
}
