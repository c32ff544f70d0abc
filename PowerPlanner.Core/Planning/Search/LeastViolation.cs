using PowerPlanner.Performance;
using PowerPlanner.Planning.Sweep;
using PowerPlanner.Power;

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
        var factors = Factors(problem, points, corrections, terms);
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

    private static double[] Factors(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms)
    {
        var (ttftLimit, itlLimit) = (terms.TtftLimitMs, terms.ItlLimitMs);
        var factors = new List<double>();
        if (points.Prefill is { } prefill)
        {
            Add(prefill, corrections.PowerPrefill, limits: points.PrefillCapLimits);
        }

        Add(points.Decode, problem.Mode == DeploymentMode.Aggregated ? corrections.PowerAggregated : corrections.PowerDecode, points.DecodeCapLimits);
        return [.. factors];

        void Add(OperatingPoints role, double powerCorrection, GpuPowerLimits? limits)
        {
            var powerFactor = Math.Max(1, powerCorrection);
            for (var position = 0; position < role.Count; position++)
            {
                factors.Add(Math.Max(role.TtftMs[position] / ttftLimit, role.ItlMs[position] / itlLimit));
                if (role.Levels is not { } levels || !levels.Covers(role.Index[position]))
                {
                    continue;
                }

                var uncapped = CapBridge.CeilingWatts(role.PowerWatts[position] * powerFactor);
                uncapped = limits?.Clamp(uncapped) ?? uncapped;
                foreach (var level in levels.Watts)
                {
                    if (level < uncapped)
                    {
                        var point = role.Under(position, level, powerFactor);
                        factors.Add(Math.Max(point.TtftMs / ttftLimit, point.ItlMs / itlLimit));
                    }
                }
            }
        }
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
