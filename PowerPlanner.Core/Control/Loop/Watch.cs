using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

/// <summary>What decides when to sweep: drift, limits of rate, backoffs, and whether the optimizer is on.</summary>
internal readonly record struct Watch
{
    public DriftState Drift { get; init; }

    public FailureBackoff FailureBackoff { get; init; }

    /// <summary>Causes that no plan could cure, and until when each is held back.</summary>
    public NoBetterPlanBackoff NoBetterPlan { get; init; }

    /// <summary>When a sweep last gave an answer; null = never.</summary>
    public TimeSpan? LastSuccess { get; init; }

    public DisabledReason DisabledReason { get; init; }

    public TimeSpan? DisabledAt { get; init; }

    /// <summary>Since when the fleet is being moved; null = it is where it is to be.</summary>
    public TimeSpan? TransitionSince { get; init; }

    /// <summary>Whether something that has happened calls for a sweep, whatever becomes of the cause.</summary>
    public bool IsSweepOwed { get; init; }
}
