using PowerPlanner.Performance;
using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Planning.Search;

/// <summary>How far the targets must give before the fewest replicas fit the budgets.</summary>
internal static class LeastViolation
{
    private const double RoundingSlack = 1e-9;

    /// <summary>
    /// The smallest factor on both targets at which a plan exists, with GPUs left aside; positive infinity where none does. The latencies
    /// over their targets are sorted, and the fewest watts fall as the factor rises: bisection.
    /// </summary>
    public static double Factor(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms)
    {
        var factors = Factors(points.Prefill, points.Decode, terms);
        Array.Sort(factors);
        var low = 0;
        var high = factors.Length;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (Fits(problem, points, corrections, Eased(terms, factors[middle])))
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low < factors.Length ? factors[low] : double.PositiveInfinity;
    }

    /// <summary>The terms with both targets multiplied; a latency that made the factor meets them despite rounding.</summary>
    public static SearchTerms Eased(in SearchTerms terms, double factor) => terms with
    {
        TtftLimitMs = terms.TtftLimitMs * factor * (1 + RoundingSlack),
        ItlLimitMs = terms.ItlLimitMs * factor * (1 + RoundingSlack),
    };

    private static double[] Factors(OperatingPoints? prefill, OperatingPoints decode, in SearchTerms terms)
    {
        var factors = new double[(prefill?.Count ?? 0) + decode.Count];
        for (var d = 0; d < decode.Count; d++)
        {
            factors[d] = Math.Max(decode.TtftMs[d] / terms.TtftLimitMs, decode.ItlMs[d] / terms.ItlLimitMs);
        }

        for (var p = 0; p < (prefill?.Count ?? 0); p++)
        {
            factors[decode.Count + p] = prefill!.TtftMs[p] / terms.TtftLimitMs;
        }

        return factors;
    }

    private static bool Fits(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms)
    {
        using var decode = Candidates.OfDecode(problem, points, corrections, terms);
        if (decode.FeasibleCount == 0)
        {
            return false;
        }

        var watts = Replicas.Watts(decode.MinReplicas, decode.LeastReplicaWatts);
        if (points.Prefill is null)
        {
            return watts <= terms.BudgetWatts;
        }

        using var prefill = Candidates.OfPrefill(problem, points, corrections, terms);
        return prefill.FeasibleCount > 0 && Replicas.Sum(watts, Replicas.Watts(prefill.MinReplicas, prefill.LeastReplicaWatts)) <= terms.BudgetWatts;
    }
}
