namespace PowerPlanner.Planning;

/// <summary>Why a plan is not larger, and what would make it so. Gains are requests/s on top of the plan's capacity, at least 0.</summary>
public sealed record PlanExplanation
{
    /// <summary>The slower role; null in aggregated mode.</summary>
    public required Bottleneck? Bottleneck { get; init; }

    /// <summary>The constraint that, lifted alone, would let the plan serve most.</summary>
    public required BindingConstraint BindingConstraint { get; init; }

    /// <summary>What lifting that constraint altogether would add, requests/s; 0 where no single constraint binds.</summary>
    public required double GainWithoutConstraintRequestsPerSecond { get; init; }

    /// <summary>What 1000 W more would add, requests/s; 0 without a budget.</summary>
    public required double GainOfOneKilowattRequestsPerSecond { get; init; }

    /// <summary>What one GPU more would add, requests/s; 0 without a ceiling, and often 0 where a replica takes several GPUs.</summary>
    public required double GainOfOneGpuRequestsPerSecond { get; init; }

    /// <summary>Watts beyond the budget that the cheapest larger plan needs, the GPU ceiling as it is; 0 where it fits already, null where no number of watts helps.</summary>
    public required long? WattsToNextPlan { get; init; }

    /// <summary>GPUs beyond the ceiling that the smallest larger plan needs, the budget as it is; 0 where it fits already, null where no number of GPUs helps.</summary>
    public required long? GpusToNextPlan { get; init; }

    /// <summary>Budget that the plan leaves unused, W; null without a budget.</summary>
    public required long? UnusedWatts { get; init; }

    /// <summary>GPUs that the plan leaves unused; null without a ceiling.</summary>
    public required long? UnusedGpus { get; init; }

    /// <summary>The same in a sentence for people, invariant culture.</summary>
    public required string Summary { get; init; }
}
