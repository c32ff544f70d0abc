using PowerPlanner.Control.Sweeps;
using PowerPlanner.Performance;
using PowerPlanner.Planning;

namespace PowerPlanner.Control.Loop;

/// <summary>What the last sweeps found, and what of it is followed.</summary>
internal readonly record struct Course
{
    /// <summary>The plan that the fleet has or moves to; null before the first.</summary>
    public PowerPlan? Plan { get; init; }

    /// <summary>What the models say at its point.</summary>
    public OperatingPointAnswer? Answer { get; init; }

    /// <summary>The limits that it was made under.</summary>
    public PlanningLimits PlanLimits { get; init; }

    /// <summary>The corrections that the last sweep knew.</summary>
    public Corrections PlannedWith { get; init; }

    /// <summary>The limits that it knew, charge floors included.</summary>
    public PlanningLimits PlannedUnder { get; init; }

    /// <summary>Why the last sweep gave no plan that meets everything; null where it did.</summary>
    public Infeasibility? Infeasibility { get; init; }

    /// <summary>Why the last sweep failed; null where it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>The plans of the last sweeps.</summary>
    public PlanHistory History { get; init; }

    /// <summary>How often one plan has replaced another, close together, for its gain alone: budget, limits and model were the same, and the other was within them.</summary>
    public int Moves { get; init; }

    /// <summary>When one did last; null = never.</summary>
    public TimeSpan? LastMove { get; init; }

    /// <summary>Whether the plan is only kept because the fleet has moved so often: to be looked at again when it has rested.</summary>
    public bool IsMoveLater { get; init; }

    public bool IsBestEffort { get; init; }

    /// <summary>Whether the targets are the plan's.</summary>
    public bool IsPlanTargeted { get; init; }

    /// <summary>Whether its counts were cut to fit: nobody's best, to be replaced as soon as a sweep answers.</summary>
    public bool IsClamped { get; init; }

    /// <summary>Whether thresholds of a new plan are still to be made.</summary>
    public bool AreThresholdsDue { get; init; }

    public double EstimatedTokensPerSecond { get; init; }

    /// <summary>Rises whenever budget, limits or model change: what was tried before says nothing about now.</summary>
    public long Revision { get; init; }

    /// <summary>The revision that the plan was made under.</summary>
    public long PlanRevision { get; init; }

    /// <summary>Whether there is no plan at all, as opposed to one that misses a target.</summary>
    public bool IsInfeasible => Infeasibility is { Reason: not InfeasibleReason.SlaInfeasible } || (Infeasibility is not null && !IsBestEffort);

    /// <summary>Budget, limits or model have changed.</summary>
    public Course Revised() => this with { Revision = Revision + 1, History = default, Moves = 0, LastMove = null, IsMoveLater = false };
}
