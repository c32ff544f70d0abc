namespace PowerPlanner.Planning;

/// <summary>
/// How far a plan is from one constraint. The unit is the constraint's: W, GPUs, replicas (of the role with more), ms (live corrections
/// included), sequences per attention rank, or requests/s (of the demand).
/// </summary>
public sealed record ConstraintMargin
{
    /// <summary>Which constraint.</summary>
    public required BindingConstraint Constraint { get; init; }

    /// <summary>What it allows, or asks for; null where it is not set.</summary>
    public required double? Limit { get; init; }

    /// <summary>What the plan uses of it; of a demand, what it serves of it.</summary>
    public required double Used { get; init; }

    /// <summary>What is left, at least 0; null without a limit.</summary>
    public required double? Margin { get; init; }

    /// <summary>
    /// What lifting it alone, and altogether, would add to the plan's throughput, requests/s, at least 0. Null without a limit, and where more of it would be other
    /// operating points than were swept (KV cache, batch limit).
    /// </summary>
    public required double? GainWithoutRequestsPerSecond { get; init; }
}
