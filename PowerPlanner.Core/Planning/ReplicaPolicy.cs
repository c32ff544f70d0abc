namespace PowerPlanner.Planning;

/// <summary>How replica counts are chosen.</summary>
public enum ReplicaPolicy
{
    /// <summary>The exact optimum: both roles sized to each other, no idle engine. The default.</summary>
    RateMatched,

    /// <summary>
    /// The reference planner's greedy choice, for comparison: the largest batch, decode first, the rest to prefill, idle engines
    /// included. Unlike the reference it never exceeds a budget.
    /// </summary>
    DecodeFirst,
}
