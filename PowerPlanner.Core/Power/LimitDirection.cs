namespace PowerPlanner.Power;

/// <summary>What the hardware's range did to a cap.</summary>
public enum LimitDirection
{
    /// <summary>The cap lies within the range, or the range is unknown.</summary>
    None,

    /// <summary>The cap was raised to the lowest that the hardware accepts.</summary>
    Min,

    /// <summary>The cap was lowered to the highest that the hardware accepts.</summary>
    Max,
}
