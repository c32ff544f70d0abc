using PowerPlanner.Planning;

namespace PowerPlanner.Control.Sweeps;

/// <summary>What makes two plans the same to a fleet. The default is no plan.</summary>
internal readonly record struct PlanIdentity(int PrefillReplicas, int DecodeReplicas, int PrefillCapWatts, int DecodeCapWatts, int DecodeBatch)
{
    public static PlanIdentity Of(PowerPlan plan) =>
        new(plan.PrefillReplicas, plan.DecodeReplicas, plan.PrefillCapWatts, plan.DecodeCapWatts, plan.DecodeBatch);
}
