using PowerPlanner.Planning;

namespace PowerPlanner.Cli.Explain;

/// <summary>Which plan it is that stands beside the best one.</summary>
internal enum AlternativeKind
{
    /// <summary>The next trade-off that serves less, within the budgets.</summary>
    NextSmaller,

    /// <summary>The next plan that serves more: for watts beyond the budget where it binds.</summary>
    NextLarger,

    /// <summary>The next plan that serves more, for GPUs beyond the ceiling.</summary>
    NextLargerByGpus,

    /// <summary>The trade-off with the least energy a request, within the budgets.</summary>
    LeastEnergy,

    /// <summary>The plan of the smallest budget that would do, where there is none.</summary>
    SmallestBudget,
}

/// <summary>A plan that one could have instead.</summary>
internal sealed record Alternative(AlternativeKind Kind, FrontierPoint Point)
{
    // Closer than that is the same throughput.
    private const double Apart = 1e-9;

    /// <summary>The trade-offs next to a plan. Those that the plan itself is do not count.</summary>
    public static IReadOnlyList<Alternative> Around(PreparedPlanner planner, PowerPlan plan, PlanExplanation explanation)
    {
        var (limits, corrections) = (planner.Problem.Limits, planner.Problem.Corrections);
        var served = plan.ThroughputRequestsPerSecond;
        var frontier = planner.Frontier(limits, corrections);
        var found = new List<Alternative>();
        AddLast(AlternativeKind.NextSmaller, frontier.Where(point => point.ThroughputRequestsPerSecond < served * (1 - Apart)));
        if (explanation.WattsToNextPlan is { } watts)
        {
            AddFirst(AlternativeKind.NextLarger, watts == 0 ? frontier : planner.Frontier(limits with { BudgetWatts = limits.BudgetWatts + watts }, corrections));
        }

        if (explanation.GpusToNextPlan is { } and > 0 and var gpus)
        {
            AddFirst(AlternativeKind.NextLargerByGpus, planner.Frontier(limits with { GpuBudget = limits.GpuBudget + gpus }, corrections));
        }

        var leastEnergy = frontier.MinBy(point => point.JoulesPerRequest);
        if (leastEnergy.JoulesPerRequest < plan.JoulesPerRequest * (1 - Apart))
        {
            found.Add(new Alternative(AlternativeKind.LeastEnergy, leastEnergy));
        }

        return found;

        void AddFirst(AlternativeKind kind, IEnumerable<FrontierPoint> points) => Add(kind, points.Where(point => point.ThroughputRequestsPerSecond > served * (1 + Apart)).Take(1));

        void AddLast(AlternativeKind kind, IEnumerable<FrontierPoint> points) => Add(kind, points.TakeLast(1));

        void Add(AlternativeKind kind, IEnumerable<FrontierPoint> points) => found.AddRange(points.Select(point => new Alternative(kind, point)));
    }

    /// <summary>What the smallest budgets that would do give; nothing where no budget helps.</summary>
    public static IReadOnlyList<Alternative> Smallest(PreparedPlanner planner, PlanResult result)
    {
        if (result.MinimumBudgetWatts is null && result.MinimumGpus is null)
        {
            return [];
        }

        // A demand out of reach needs one of both, minima that do not fit what is missing of each.
        var limits = planner.Problem.Limits;
        var oneWillDo = result.Reason == InfeasibleReason.TargetInfeasible && result.MinimumBudgetWatts is not null;
        var enough = limits with
        {
            BudgetWatts = result.MinimumBudgetWatts ?? limits.BudgetWatts,
            GpuBudget = oneWillDo ? limits.GpuBudget : result.MinimumGpus ?? limits.GpuBudget,
        };
        return planner.Plan(enough, planner.Problem.Corrections).Plan is { } plan ? [new Alternative(AlternativeKind.SmallestBudget, PointOf(plan))] : [];
    }

    private static FrontierPoint PointOf(PowerPlan plan) => new(
        plan.TotalWatts,
        plan.TotalGpus,
        plan.ThroughputRequestsPerSecond,
        plan.PrefillReplicas,
        plan.DecodeReplicas,
        plan.PrefillCapWatts,
        plan.DecodeCapWatts,
        plan.DecodeBatch,
        plan.JoulesPerRequest,
        plan.JoulesPerToken);
}
