using System.Collections.Immutable;

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

    /// <summary>What 1000 W fewer would take away, requests/s: all of it where no plan would be left, 0 without a budget.</summary>
    public required double LossOfOneKilowattRequestsPerSecond { get; init; }

    /// <summary>What one GPU more would add, requests/s; 0 without a ceiling, and often 0 where a replica takes several GPUs.</summary>
    public required double GainOfOneGpuRequestsPerSecond { get; init; }

    /// <summary>What one GPU fewer would take away, requests/s: all of it where no plan would be left, 0 without a ceiling.</summary>
    public required double LossOfOneGpuRequestsPerSecond { get; init; }

    /// <summary>Watts beyond the budget that the cheapest larger plan needs, the GPU ceiling as it is; 0 where it fits already, null where no number of watts helps.</summary>
    public required long? WattsToNextPlan { get; init; }

    /// <summary>GPUs beyond the ceiling that the smallest larger plan needs, the budget as it is; 0 where it fits already, null where no number of GPUs helps.</summary>
    public required long? GpusToNextPlan { get; init; }

    /// <summary>Budget that the plan leaves unused, W; null without a budget.</summary>
    public required long? UnusedWatts { get; init; }

    /// <summary>GPUs that the plan leaves unused; null without a ceiling.</summary>
    public required long? UnusedGpus { get; init; }

    /// <summary>Every constraint with what the plan leaves of it, those that are not set included: watts, GPUs, replicas, TTFT, ITL, demand, KV cache, batch limit.</summary>
    public required ImmutableArray<ConstraintMargin> Margins { get; init; }

    /// <summary>Predicted energy of a request, J, as <see cref="PowerPlan.JoulesPerRequest"/>.</summary>
    public required double JoulesPerRequest { get; init; }

    /// <summary>Predicted energy of a token, J, as <see cref="PowerPlan.JoulesPerToken"/>.</summary>
    public required double JoulesPerToken { get; init; }

    /// <summary>The share of <see cref="JoulesPerRequest"/> that the prefill replicas draw, J; null in aggregated mode.</summary>
    public required double? PrefillJoulesPerRequest { get; init; }

    /// <summary>The share of <see cref="JoulesPerRequest"/> that the decode replicas draw, or the aggregated engines, J.</summary>
    public required double DecodeJoulesPerRequest { get; init; }

    /// <summary>The same in a sentence for people, invariant culture.</summary>
    public required string Summary { get; init; }
}
