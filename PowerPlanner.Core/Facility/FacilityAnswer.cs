namespace PowerPlanner.Facility;

/// <summary>How a budget is divided.</summary>
/// <param name="IsFeasible">Whether the budget carries all floors.</param>
/// <param name="IsExact">Whether every tier's optimum was proven (to rounding); false where the search met its limit, or where infeasible.</param>
/// <param name="Shares">Shares in the order of the deployments; empty where infeasible.</param>
/// <param name="LeastWatts">The smallest budget that carries all floors, W; null where a floor lies above its whole frontier.</param>
/// <param name="UnreachableFloor">Name of the first deployment whose frontier nowhere reaches its floor, or null.</param>
/// <param name="LargestGap">Largest proven distance of a tier's weighted throughput from its upper bound, given what the tiers above got; 0 where exact.</param>
public sealed record FacilityAnswer(
    bool IsFeasible,
    bool IsExact,
    IReadOnlyList<FacilityShare> Shares,
    long? LeastWatts,
    string? UnreachableFloor,
    double LargestGap);
