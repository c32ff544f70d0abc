using System.Diagnostics.CodeAnalysis;

namespace PowerPlanner.Planning;

/// <summary>A plan, or the reason why there is none.</summary>
public sealed record PlanResult
{
    /// <summary>Whether there is a plan.</summary>
    [MemberNotNullWhen(true, nameof(Plan))]
    [MemberNotNullWhen(false, nameof(Reason), nameof(Detail))]
    public bool IsFeasible => Plan is not null;

    /// <summary>The best plan; null where the problem is infeasible. It never breaks a constraint.</summary>
    public PowerPlan? Plan { get; init; }

    /// <summary>Why there is no plan; null where there is one.</summary>
    public InfeasibleReason? Reason { get; init; }

    /// <summary>The binding number in words, invariant culture; null where there is a plan.</summary>
    public string? Detail { get; init; }

    /// <summary>The smallest watt budget that would be feasible, W; null where there is a plan or watts are not what is missing.</summary>
    public long? MinimumBudgetWatts { get; init; }

    /// <summary>The fewest GPUs that would be feasible; null where there is a plan or GPUs are not what is missing.</summary>
    public long? MinimumGpus { get; init; }

    /// <summary>How much the search looked at.</summary>
    public PlanStatistics Statistics { get; init; }
}
