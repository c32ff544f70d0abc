using PowerPlanner.Hosting;
using PowerPlanner.Planning;

namespace PowerPlanner.Cli.Explain;

/// <summary>Why one configuration has the plan that it has, or none.</summary>
/// <param name="Options">The configuration.</param>
/// <param name="Result">The plan, or the reason why there is none.</param>
/// <param name="Explanation">What binds; null without a plan.</param>
/// <param name="Binding">What binds; of no plan, what stands in its way; null where a model has failed.</param>
/// <param name="Alternatives">The plans next to it; without a plan, the one that the smallest budget would give.</param>
internal sealed record ExplainAnswer(
    PowerPlannerOptions Options,
    PlanResult Result,
    PlanExplanation? Explanation,
    BindingConstraint? Binding,
    IReadOnlyList<Alternative> Alternatives)
{
    // A target that every engine meets, ms.
    private const double Never = 1e15;

    public static ExplainAnswer Of(PowerPlannerOptions options, PlanningProblem problem, CancellationToken cancellationToken)
    {
        var planner = Planner.Prepare(problem, cancellationToken);
        var result = planner.Plan();
        if (result.Plan is { } plan)
        {
            var explanation = planner.Explain(problem.Limits, problem.Corrections)!;
            return new ExplainAnswer(options, result, explanation, explanation.BindingConstraint, Alternative.Around(planner, plan, explanation));
        }

        return new ExplainAnswer(options, result, null, InTheWay(problem, result, cancellationToken), Alternative.Smallest(planner, result));
    }

    public static ExplainAnswer WithoutData(PowerPlannerOptions options, string detail) =>
        new(options, new PlanResult { Reason = InfeasibleReason.ModelFailed, Detail = detail }, null, null, []);

    private static BindingConstraint? InTheWay(PlanningProblem problem, PlanResult result, CancellationToken cancellationToken) => result.Reason switch
    {
        InfeasibleReason.KvInfeasible => BindingConstraint.KvCapacity,
        InfeasibleReason.GpuBudgetInfeasible => BindingConstraint.Gpus,
        InfeasibleReason.PowerBudgetInfeasible => BindingConstraint.Watts,
        InfeasibleReason.SlaInfeasible when IsMet(problem with { TtftTargetMs = Never }, cancellationToken) => BindingConstraint.TtftTarget,
        InfeasibleReason.SlaInfeasible when IsMet(problem with { ItlTargetMs = Never }, cancellationToken) => BindingConstraint.ItlTarget,
        InfeasibleReason.SlaInfeasible => BindingConstraint.Several,
        InfeasibleReason.TargetInfeasible => (result.MinimumBudgetWatts, result.MinimumGpus, problem.Limits.BudgetWatts, problem.Limits.GpuBudget) switch
        {
            ({ }, _, _, _) => BindingConstraint.Watts,
            (null, { }, _, _) => BindingConstraint.Gpus,
            (null, null, null, null) => BindingConstraint.Replicas,
            _ => BindingConstraint.Several,
        },
        _ => null,
    };

    private static bool IsMet(PlanningProblem eased, CancellationToken cancellationToken) => Planner.Plan(eased, cancellationToken).Reason != InfeasibleReason.SlaInfeasible;
}
