using PowerPlanner.Performance;
using PowerPlanner.Planning;

namespace PowerPlanner.Benchmarks.Planning;

/// <summary>
/// What one would write at first: every batch, every prefill count, and the most decode replicas that still fit. It knows less than the
/// planner (one prefill point, no demand, no minima, no fallbacks) and finds the same plan.
/// </summary>
internal static class PlainEnumeration
{
    public static (int PrefillReplicas, int DecodeReplicas, int Batch, double Throughput) Plan(PlanningProblem problem, in PlanningLimits limits, in Corrections corrections)
    {
        var model = problem.DecodeEngine!.Model;
        var batches = model.KvCapacityTokens / (problem.Isl + problem.Osl);
        var prefill = problem.PrefillEngine!.Model.EstimatePrefill(new PrefillQuery(problem.Isl));
        var prefillRate = problem.PrefillUtilization * 1000 / prefill.LatencyMs;
        var prefillWatts = Math.Ceiling(prefill.ActivePowerWatts!.Value * Math.Max(1, corrections.PowerPrefill)) * 8;
        var budget = limits.BudgetWatts ?? double.PositiveInfinity;
        var gpus = limits.GpuBudget ?? long.MaxValue;
        var best = (PrefillReplicas: 0, DecodeReplicas: 0, Batch: 0, Throughput: 0.0);
        var (fewestGpus, fewestWatts) = (long.MaxValue, double.PositiveInfinity);
        for (var batch = problem.Batches == BatchPolicy.Largest ? (int)batches : 1; batch <= batches; batch++)
        {
            var decode = model.EstimateDecode(new DecodeQuery(batch, problem.Isl + (problem.Osl / 2) + 1));
            if (decode.LatencyMs * Math.Max(1, corrections.Itl) > problem.ItlTargetMs)
            {
                continue;
            }

            var decodeRate = problem.DecodeUtilization * batch * 1000 / (decode.LatencyMs * problem.Osl);
            var decodeWatts = Math.Ceiling(decode.ActivePowerWatts!.Value * Math.Max(1, corrections.PowerDecode)) * 8;
            for (var p = 1; p <= problem.MaxReplicas; p++)
            {
                var most = Math.Min(Math.Min(Math.Floor((budget - (p * prefillWatts)) / decodeWatts), (gpus - (8L * p)) / 8), problem.MaxReplicas);
                if (most < 1)
                {
                    break;
                }

                var d = (int)Math.Min(most, Math.Ceiling(p * prefillRate / decodeRate));
                var throughput = Math.Min(p * prefillRate, d * decodeRate);
                var (allGpus, allWatts) = (8L * (p + d), (p * prefillWatts) + (d * decodeWatts));
                if (throughput > best.Throughput || (throughput == best.Throughput && (allGpus < fewestGpus || (allGpus == fewestGpus && allWatts < fewestWatts))))
                {
                    best = (p, d, batch, throughput);
                    (fewestGpus, fewestWatts) = (allGpus, allWatts);
                }
            }
        }

        return best;
    }
}
