namespace PowerPlanner.Power.Clamps;

/// <summary>Why an answer differs from its proposal.</summary>
public enum ClampReason
{
    /// <summary>It does not differ.</summary>
    None,

    /// <summary>The GPU ceiling or floor changed a count.</summary>
    GpuBudgetClamped,

    /// <summary>The proposal was reduced to fit the watt budget.</summary>
    PowerBudgetClamped,

    /// <summary>One role was to grow while the other shrinks, and both at once would pass the budget: the growth waits.</summary>
    PowerRebalanceStaged,

    /// <summary>The other role, which has no proposal, leaves no room for even the fewest replicas: the growth is refused.</summary>
    PowerBudgetScaleUpSuppressed,

    /// <summary>The fewest replicas of the roles do not fit the watt budget: nothing may run.</summary>
    PowerBudgetInfeasible,
}
