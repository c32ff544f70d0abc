using System.Collections.Immutable;
using PowerPlanner.Performance;
using PowerPlanner.Planning.Search;
using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Planning;

/// <summary>What a plan leaves of each constraint, and what lifting one alone would add.</summary>
internal static class ConstraintMargins
{
    public static ImmutableArray<ConstraintMargin> Of(PlanningProblem problem, DeploymentPoints points, long kvBatch, in Corrections corrections, in SearchTerms terms, in SearchOutcome plan)
    {
        var isPair = points.Prefill is not null;
        var ttftMs = (isPair ? plan.Prefill : plan.Decode).TtftMs * Math.Max(1, corrections.Ttft);
        var itlMs = plan.Decode.ItlMs * Math.Max(1, corrections.Itl);
        double? watts = terms.BudgetWatts == SearchTerms.UnboundedWatts ? null : terms.BudgetWatts;
        double? gpus = terms.GpuBudget == long.MaxValue ? null : terms.GpuBudget;
        double? demand = double.IsInfinity(terms.Demand) ? null : terms.Demand;

        // The fewest watts for a demand do not serve more when the demand is gone; what the budgets serve then does.
        var asked = terms with { Demand = double.PositiveInfinity, Objective = terms.Objective == PlanningObjective.LeastPower ? PlanningObjective.Throughput : terms.Objective };
        return
        [
            Margin(BindingConstraint.Watts, watts, plan.Watts, watts is null ? null : Gain(terms with { BudgetWatts = SearchTerms.UnboundedWatts }, corrections, plan)),
            Margin(BindingConstraint.Gpus, gpus, plan.Gpus, gpus is null ? null : Gain(terms with { GpuBudget = long.MaxValue }, corrections, plan)),
            Margin(BindingConstraint.Replicas, terms.MaxReplicas, Math.Max(plan.PrefillReplicas, plan.DecodeReplicas), Gain(terms with { MaxReplicas = PlanningValidation.MaximumReplicas }, corrections, plan)),
            Margin(BindingConstraint.TtftTarget, problem.TtftTargetMs, ttftMs, Gain(terms with { TtftLimitMs = double.PositiveInfinity }, corrections, plan)),
            Margin(BindingConstraint.ItlTarget, problem.ItlTargetMs, itlMs, Gain(terms with { ItlLimitMs = double.PositiveInfinity }, corrections, plan)),
            Margin(BindingConstraint.Demand, demand, Math.Min(plan.Throughput, terms.Demand), demand is null ? null : Gain(asked, corrections, plan)),
            Margin(BindingConstraint.KvCapacity, kvBatch, plan.Decode.Batch, null),
            Margin(BindingConstraint.MaxBatch, problem.MaxBatch, plan.Decode.Batch, null),
        ];

        double Gain(in SearchTerms without, in Corrections corrections, in SearchOutcome plan) => PlanExplainer.Gain(problem, points, corrections, without, plan);
    }

    // A target that is met to a relative 1e-9 has nothing left.
    private static ConstraintMargin Margin(BindingConstraint constraint, double? limit, double used, double? gain) => new()
    {
        Constraint = constraint,
        Limit = limit,
        Used = used,
        Margin = limit is { } given ? Math.Max(0, given - used) : null,
        GainWithoutRequestsPerSecond = gain,
    };
}
