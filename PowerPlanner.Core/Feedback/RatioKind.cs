namespace PowerPlanner.Feedback;

/// <summary>What a ratio of observed to modelled says about a coefficient.</summary>
public enum RatioKind
{
    /// <summary>There is no ratio.</summary>
    Absent,

    /// <summary>It is the coefficient's true value, but for noise.</summary>
    Exact,

    /// <summary>The true value may be higher: a cap hides what is above it. It can raise a coefficient and never lower it.</summary>
    AtLeast,

    /// <summary>The true value may be lower: a queue only ever adds to a latency. It can lower a coefficient and never raise it.</summary>
    AtMost,
}
