namespace PowerPlanner.Planning;

/// <summary>What keeps a plan from serving more.</summary>
public enum BindingConstraint
{
    /// <summary>The plan serves the demand, or its objective asks for no more.</summary>
    Demand,

    /// <summary>The watt budget.</summary>
    Watts,

    /// <summary>The GPU ceiling.</summary>
    Gpus,

    /// <summary>The most replicas allowed of a role.</summary>
    Replicas,

    /// <summary>The TTFT target: a point that misses it would serve more.</summary>
    TtftTarget,

    /// <summary>The ITL target: a point that misses it would serve more.</summary>
    ItlTarget,

    /// <summary>The KV cache: the plan runs at the largest batch that it holds, and nothing else alone stands in the way.</summary>
    KvCapacity,

    /// <summary>The engine's own batch limit: the plan runs at it, and nothing else alone stands in the way.</summary>
    MaxBatch,

    /// <summary>Several constraints at once: to lift one of them alone gains nothing.</summary>
    Several,
}
