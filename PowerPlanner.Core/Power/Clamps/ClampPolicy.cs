namespace PowerPlanner.Power.Clamps;

/// <summary>How a proposal is brought into the watt budget. The GPU clamp runs first under both.</summary>
public enum ClampPolicy
{
    /// <summary>Shrinks both roles in proportion, without looking at what runs.</summary>
    Pair,

    /// <summary>
    /// Looks at what runs: while old and new replicas exist side by side, the sum stays within the budget wherever the current state does.
    /// </summary>
    Staged,
}
