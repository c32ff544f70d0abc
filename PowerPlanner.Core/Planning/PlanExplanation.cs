namespace PowerPlanner.Planning;

/// <summary>Why a plan is not larger, and what would make it so. Gains are requests/s on top of the plan's capacity, at least 0.</summary>
public sealed record PlanExplanation
{
    /// <summary>The slower role; null in aggregated mode.</summary>
    public required Bottleneck? Bottleneck { get; init; }

    /// <summary>The constraint whose removal, alone, lets the plan serve most; see <see cref="BindingConstraint"/>.</summary>
    public required BindingConstraint BindingConstraint { get; init; }

    /// <summary>What 1000 W more would add, requests/s; 0 without a budget.</summary>
    public required double GainOfOneKilowattRequestsPerSecond { get; init; }

    /// <summary>What one GPU more would add, requests/s; 0 without a ceiling, and often 0 where a replica takes several GPUs.</summary>
    public required double GainOfOneGpuRequestsPerSecond { get; init; }

    /// <summary>Watts that the next larger plan needs beyond the budget, W; null where no number of watts helps.</summary>
    public required long? WattsToNextPlan { get; init; }

    /// <summary>GPUs that the next larger plan needs beyond the ceiling; null where no number of GPUs helps.</summary>
    public required long? GpusToNextPlan { get; init; }

    /// <summary>Budget that the plan leaves unused, W; null without a budget.</summary>
    public required long? UnusedWatts { get; init; }

    /// <summary>GPUs that the plan leaves unused; null without a ceiling.</summary>
    public required long? UnusedGpus { get; init; }

    /// <summary>One sentence for people, invariant culture.</summary>
    public required string Summary { get; init; }
}
