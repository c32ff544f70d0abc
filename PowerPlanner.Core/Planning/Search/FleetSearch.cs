using PowerPlanner.Performance;
using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Planning.Search;

/// <summary>One search over a deployment: the reasons why there may be no plan, in their order, then the policy's own search.</summary>
internal static class FleetSearch
{
    public static SearchOutcome Run(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms) =>
        problem.Mode == DeploymentMode.Disaggregated
            ? RunPair(problem, points, corrections, terms)
            : RunEngine(problem, points, corrections, terms);

    /// <summary>What it would take to serve the demand: the fewest watts under the GPU ceiling, the fewest GPUs within the watts.</summary>
    public static SearchOutcome Shortfall(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms)
    {
        // Points that no budget of the moment allows may be what a larger one needs.
        var unbounded = terms with { BudgetWatts = SearchTerms.UnboundedWatts };
        if (points.Prefill is null)
        {
            using var engine = Candidates.OfDecode(problem, points, corrections, unbounded);
            return new EngineSearch(engine, terms).Shortfall();
        }

        using var prefill = Candidates.OfPrefill(problem, points, corrections, unbounded);
        using var decode = Candidates.OfDecode(problem, points, corrections, unbounded);
        return new PairSearch(prefill, decode, terms).Shortfall();
    }

    private static SearchOutcome RunPair(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms)
    {
        using var prefill = Candidates.OfPrefill(problem, points, corrections, terms);
        using var decode = Candidates.OfDecode(problem, points, corrections, terms);
        var statistics = new PlanStatistics((long)prefill.FeasibleCount + decode.FeasibleCount, 0);
        if (prefill.FeasibleCount == 0 || decode.FeasibleCount == 0)
        {
            return new SearchOutcome { Reason = InfeasibleReason.SlaInfeasible, Statistics = statistics };
        }

        var gpus = ((long)prefill.MinReplicas * prefill.Gpus) + ((long)decode.MinReplicas * decode.Gpus);
        var watts = Replicas.Sum(Replicas.Watts(prefill.MinReplicas, prefill.LeastReplicaWatts), Replicas.Watts(decode.MinReplicas, decode.LeastReplicaWatts));
        if (MinimaFit(gpus, watts, terms, statistics) is { } misfit)
        {
            return misfit;
        }

        if (problem.ReplicaPolicy == ReplicaPolicy.DecodeFirst)
        {
            return GreedySearch.Run(prefill, decode, terms);
        }

        var outcome = new PairSearch(prefill, decode, terms).Run();
        if (outcome.IsFeasible)
        {
            return outcome;
        }

        return Shortfall(problem, points, corrections, terms) with { Statistics = statistics };
    }

    private static SearchOutcome RunEngine(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms)
    {
        using var engine = Candidates.OfDecode(problem, points, corrections, terms);
        var statistics = new PlanStatistics(engine.FeasibleCount, 0);
        if (engine.FeasibleCount == 0)
        {
            return new SearchOutcome { Reason = InfeasibleReason.SlaInfeasible, Statistics = statistics };
        }

        var gpus = (long)engine.MinReplicas * engine.Gpus;
        var watts = Replicas.Watts(engine.MinReplicas, engine.LeastReplicaWatts);
        if (MinimaFit(gpus, watts, terms, statistics) is { } misfit)
        {
            return misfit;
        }

        if (problem.ReplicaPolicy == ReplicaPolicy.DecodeFirst)
        {
            return GreedySearch.Run(engine, terms);
        }

        var outcome = new EngineSearch(engine, terms).Run();
        if (outcome.IsFeasible)
        {
            return outcome;
        }

        return Shortfall(problem, points, corrections, terms) with { Statistics = statistics };
    }

    /// <summary>Null where the fewest replicas fit both budgets. Where neither fits, the GPUs are the reason and both numbers are given.</summary>
    private static SearchOutcome? MinimaFit(long gpus, long watts, in SearchTerms terms, PlanStatistics statistics)
    {
        var gpusFit = gpus <= terms.GpuBudget;
        var wattsFit = watts <= terms.BudgetWatts;
        return gpusFit && wattsFit
            ? null
            : new SearchOutcome
            {
                Reason = gpusFit ? InfeasibleReason.PowerBudgetInfeasible : InfeasibleReason.GpuBudgetInfeasible,
                MinimumGpus = gpusFit ? null : gpus,
                MinimumWatts = wattsFit ? null : watts,
                Statistics = statistics,
            };
    }
}
