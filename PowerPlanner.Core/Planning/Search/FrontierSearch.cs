using System.Collections.Immutable;
using PowerPlanner.Performance;
using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Planning.Search;

/// <summary>
/// All trade-offs of watts and throughput. For a pair of points each larger throughput needs one replica more of the slower role, so that
/// a walk visits every count pair that could be a trade-off; what another pair beats by fewer watts is dropped on the way.
/// </summary>
internal static class FrontierSearch
{
    public static ImmutableArray<FrontierPoint> Run(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms)
    {
        if (points.Prefill is null)
        {
            using var engine = Candidates.OfDecode(problem, points, corrections, terms);
            return Run(problem, points, engine, terms);
        }

        using var prefill = Candidates.OfPrefill(problem, points, corrections, terms);
        using var decode = Candidates.OfDecode(problem, points, corrections, terms);
        return Run(problem, points, prefill, decode, terms);
    }

    private static ImmutableArray<FrontierPoint> Run(PlanningProblem problem, DeploymentPoints points, in Candidates engine, in SearchTerms terms)
    {
        var steps = new FrontierSteps(terms.BudgetWatts, MostWatts(engine, terms));
        for (var j = 0; j < engine.Front.Length; j++)
        {
            ref readonly var point = ref engine.Front[j];
            var last = Math.Min(Math.Min(terms.BudgetWatts / point.Watts, terms.GpuBudget / engine.Gpus), terms.MaxReplicas);
            for (long n = engine.MinReplicas; n <= last; n++)
            {
                steps.Add(new FrontierStep(n * point.Watts, n * engine.Gpus, n * point.Rate, 0, j, 0, (int)n));
            }
        }

        var frontier = ImmutableArray.CreateBuilder<FrontierPoint>();
        foreach (var ties in steps.Levels())
        {
            var best = default(SearchOutcome);
            for (var k = ties.Start; k < ties.End; k++)
            {
                ref readonly var step = ref steps[k];
                if (step.Throughput >= ties.Floor && step.Gpus == ties.Gpus)
                {
                    var point = engine.FirstOfTies(engine.Front[step.Decode], step.DecodeReplicas, ties.Floor);
                    var outcome = Outcome(step, default, point, step.DecodeReplicas * point.Rate);
                    if (best.DecodeReplicas == 0 || TotalOrder.IsBefore(isPair: false, outcome, best))
                    {
                        best = outcome;
                    }
                }
            }

            frontier.Add(Point(problem, points, best));
        }

        return frontier.DrainToImmutable();
    }

    private static ImmutableArray<FrontierPoint> Run(PlanningProblem problem, DeploymentPoints points, in Candidates prefill, in Candidates decode, in SearchTerms terms)
    {
        var steps = new FrontierSteps(terms.BudgetWatts, Replicas.Sum(MostWatts(prefill, terms), MostWatts(decode, terms)));
        for (var i = 0; i < prefill.Front.Length; i++)
        {
            for (var j = 0; j < decode.Front.Length; j++)
            {
                Walk(prefill, i, decode, j, terms, steps);
            }
        }

        var frontier = ImmutableArray.CreateBuilder<FrontierPoint>();
        foreach (var ties in steps.Levels())
        {
            var best = default(SearchOutcome);
            for (var k = ties.Start; k < ties.End; k++)
            {
                ref readonly var step = ref steps[k];
                if (step.Throughput >= ties.Floor && step.Gpus == ties.Gpus)
                {
                    var p = prefill.FirstOfTies(prefill.Front[step.Prefill], step.PrefillReplicas, ties.Floor);
                    var d = decode.FirstOfTies(decode.Front[step.Decode], step.DecodeReplicas, ties.Floor);
                    var outcome = Outcome(step, p, d, Math.Min(step.PrefillReplicas * p.Rate, step.DecodeReplicas * d.Rate));
                    if (best.DecodeReplicas == 0 || TotalOrder.IsBefore(isPair: true, outcome, best))
                    {
                        best = outcome;
                    }
                }
            }

            frontier.Add(Point(problem, points, best));
        }

        return frontier.DrainToImmutable();
    }

    private static void Walk(in Candidates prefill, int i, in Candidates decode, int j, in SearchTerms terms, FrontierSteps steps)
    {
        ref readonly var p = ref prefill.Front[i];
        ref readonly var d = ref decode.Front[j];
        long prefillReplicas = prefill.MinReplicas;
        long decodeReplicas = decode.MinReplicas;
        var watts = Replicas.Sum(prefillReplicas * p.Watts, decodeReplicas * d.Watts);
        var gpus = (prefillReplicas * prefill.Gpus) + (decodeReplicas * decode.Gpus);
        while (watts <= terms.BudgetWatts && gpus <= terms.GpuBudget && prefillReplicas <= terms.MaxReplicas && decodeReplicas <= terms.MaxReplicas)
        {
            var prefillRate = prefillReplicas * p.Rate;
            var decodeRate = decodeReplicas * d.Rate;
            steps.Add(new FrontierStep(watts, gpus, Math.Min(prefillRate, decodeRate), i, j, (int)prefillReplicas, (int)decodeReplicas));
            if (prefillRate <= decodeRate)
            {
                prefillReplicas++;
                watts = Replicas.Sum(watts, p.Watts);
                gpus += prefill.Gpus;
            }
            else
            {
                decodeReplicas++;
                watts = Replicas.Sum(watts, d.Watts);
                gpus += decode.Gpus;
            }
        }
    }

    private static long MostWatts(in Candidates role, in SearchTerms terms)
    {
        // Watts fall along the front.
        return role.Front.IsEmpty ? 0 : Replicas.Watts(terms.MaxReplicas, role.Front[0].Watts);
    }

    private static SearchOutcome Outcome(in FrontierStep step, in RolePoint prefill, in RolePoint decode, double throughput) => new()
    {
        Prefill = prefill,
        Decode = decode,
        PrefillReplicas = step.PrefillReplicas,
        DecodeReplicas = step.DecodeReplicas,
        Watts = step.Watts,
        Gpus = step.Gpus,
        Throughput = throughput,
    };

    private static FrontierPoint Point(PlanningProblem problem, DeploymentPoints points, in SearchOutcome best) => new(
        best.Watts,
        best.Gpus,
        best.Throughput,
        best.PrefillReplicas,
        best.DecodeReplicas,
        points.Prefill is null ? best.Decode.CapWatts : best.Prefill.CapWatts,
        best.Decode.CapWatts,
        best.Decode.Batch,
        FleetEnergy.JoulesPerRequest(problem, points, best),
        FleetEnergy.JoulesPerToken(problem, points, best));
}
