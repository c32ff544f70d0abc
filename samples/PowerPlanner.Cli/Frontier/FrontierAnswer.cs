using PowerPlanner.Hosting;
using PowerPlanner.Planning;

namespace PowerPlanner.Cli.Frontier;

/// <summary>The trade-offs of one configuration, or why there are none.</summary>
/// <param name="Options">The configuration.</param>
/// <param name="Points">The trade-offs, fewest watts first.</param>
/// <param name="Result">What the planner says to the configuration; it has the reason where there are no trade-offs.</param>
internal sealed record FrontierAnswer(PowerPlannerOptions Options, IReadOnlyList<FrontierPoint> Points, PlanResult Result)
{
    public bool IsFeasible => Points.Count > 0;

    public bool IsPair => Options.Mode == DeploymentMode.Disaggregated;

    public long TokensPerRequest => (long)Options.Isl + Options.Osl;

    /// <summary>GPU ceiling; null = none.</summary>
    public int? GpuBudget => Options.MaxGpuBudget < 0 ? null : Options.MaxGpuBudget;

    public static FrontierAnswer Of(PowerPlannerOptions options, PlanningProblem problem, CancellationToken cancellationToken)
    {
        var planner = Planner.Prepare(problem, cancellationToken);
        return new FrontierAnswer(options, planner.Frontier(problem.Limits, problem.Corrections), planner.Plan());
    }

    public static FrontierAnswer WithoutData(PowerPlannerOptions options, string detail) =>
        new(options, [], new PlanResult { Reason = InfeasibleReason.ModelFailed, Detail = detail });
}
