using PowerPlanner.Planning;

namespace PowerPlanner.Control.Sweeps;

/// <summary>Why the last sweep gave no plan that meets everything.</summary>
/// <param name="Reason">What binds.</param>
/// <param name="Detail">The binding number in words.</param>
/// <param name="MinimumBudgetWatts">The smallest budget that would do, W.</param>
/// <param name="MinimumGpus">The fewest GPUs that would do.</param>
internal sealed record Infeasibility(InfeasibleReason Reason, string Detail, long? MinimumBudgetWatts, long? MinimumGpus)
{
    public static Infeasibility Of(PlanResult result) => new(result.Reason!.Value, result.Detail!, result.MinimumBudgetWatts, result.MinimumGpus);

    /// <summary>Whether a later answer says the same; its words may differ in live numbers.</summary>
    public bool IsLike(Infeasibility? other) =>
        other is not null && Reason == other.Reason && MinimumBudgetWatts == other.MinimumBudgetWatts && MinimumGpus == other.MinimumGpus;
}
