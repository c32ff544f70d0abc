using PowerPlanner.Performance;
using PowerPlanner.Performance.PowerScaling;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Benchmarks.Planning;

/// <summary>
/// What one would write at first for caps: every point under every cap of the grid, every pair of them, every prefill count and the decode
/// replicas that match. It knows less than the planner, and finds as good a plan.
/// </summary>
internal static class PlainCapEnumeration
{
    public static double Throughput(PlanningProblem problem, in PlanningLimits limits, in Corrections corrections)
    {
        var model = (ICapAwarePerformanceModel)problem.DecodeEngine!.Model;
        var latency = new CapLatency(model.NameplateWatts!.Value, problem.CapGrid!.Scaling);
        var prefills = new List<Point>();
        var query = new PrefillQuery(problem.Isl);
        var step = model.EstimatePrefill(query);
        AddCaps(prefills, latency, model.BalancePrefill(query), step, Math.Max(1, corrections.PowerPrefill), limits.PrefillCapLimits!, problem.CapGrid.StepWatts, problem.TtftTargetMs / Math.Max(1, corrections.Ttft), problem.PrefillUtilization * 1000);
        var decodes = new List<Point>();
        for (var batch = 1; batch <= MostBatches(problem); batch++)
        {
            var decode = new DecodeQuery(batch, problem.Isl + (problem.Osl / 2) + 1);
            AddCaps(decodes, latency, model.BalanceDecode(decode), model.EstimateDecode(decode), Math.Max(1, corrections.PowerDecode), limits.DecodeCapLimits!, problem.CapGrid.StepWatts, problem.ItlTargetMs / Math.Max(1, corrections.Itl), problem.DecodeUtilization * batch * 1000 / problem.Osl);
        }

        var best = 0.0;
        foreach (var prefill in prefills)
        {
            foreach (var decode in decodes)
            {
                for (var p = 1L; p <= problem.MaxReplicas; p++)
                {
                    var most = Math.Min(Math.Min((limits.BudgetWatts!.Value - (p * prefill.Watts)) / decode.Watts, (limits.GpuBudget!.Value - (8 * p)) / 8), problem.MaxReplicas);
                    if (most < 1)
                    {
                        break;
                    }

                    best = Math.Max(best, Math.Min(p * prefill.Rate, most * decode.Rate));
                }
            }
        }

        return best;
    }

    private static long MostBatches(PlanningProblem problem) =>
        Math.Min(problem.DecodeEngine!.Model.KvCapacityTokens / (problem.Isl + problem.Osl), problem.MaxBatch ?? long.MaxValue);

    private static void AddCaps(List<Point> points, CapLatency latency, in StepBalance balance, in StepEstimate step, double factor, GpuPowerLimits limits, int stepWatts, double target, double rate)
    {
        var natural = step.ActivePowerWatts!.Value * factor;
        var uncapped = Math.Clamp((int)Math.Ceiling(natural), limits.MinWatts, limits.MaxWatts);
        AddCap(uncapped, step.LatencyMs);
        for (var cap = limits.MinWatts; cap < uncapped; cap += stepWatts)
        {
            if (cap >= latency.LowestCapWatts)
            {
                AddCap(cap, step.LatencyMs * latency.Factor(balance, natural, cap));
            }
        }

        void AddCap(int cap, double latencyMs)
        {
            if (latencyMs <= target)
            {
                points.Add(new Point(rate / latencyMs, cap * 8L));
            }
        }
    }

    private readonly record struct Point(double Rate, long Watts);
}
