using PowerPlanner.Performance;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Testing.Reference;

/// <summary>
/// A sweep of the reference: one operating point, at the largest batch; decode first, prefill gets what is left; over the budget where the minima are. Of
/// aggregated engines it plans both roles too: what it gives the one that nobody runs is lost.
/// </summary>
internal sealed record ReferencePlan
{
    private const int MostReplicas = 256;

    public required int PrefillReplicas { get; init; }

    public required int DecodeReplicas { get; init; }

    public required int PrefillCapWatts { get; init; }

    public required int DecodeCapWatts { get; init; }

    public required double TtftMs { get; init; }

    public required double ItlMs { get; init; }

    /// <summary>Denominator of the prefill coefficient, W: the raw prediction.</summary>
    public required double RawPrefillWatts { get; init; }

    public required double RawDecodeWatts { get; init; }

    /// <summary>Denominator of an aggregated engine's coefficient, W: the mean of the raw predictions.</summary>
    public double RawAggregatedWatts => (RawPrefillWatts + RawDecodeWatts) / 2;

    /// <summary>Sequences/s of a decode replica.</summary>
    public required double DecodeRequestsPerSecond { get; init; }

    /// <summary>One sweep.</summary>
    /// <exception cref="InvalidOperationException">A latency target is missed, or an estimate is not positive.</exception>
    public static ReferencePlan Sweep(ReferenceSetup setup, in Corrections corrections, long? budgetWatts)
    {
        var problem = setup.Problem;
        var isAggregated = problem.Mode == DeploymentMode.Aggregated;
        var (prefillEngine, decodeEngine) = (problem.PrefillEngine ?? problem.AggregatedEngine!, problem.DecodeEngine ?? problem.AggregatedEngine!);
        var ranks = decodeEngine.Layout.AttentionDataParallel;
        var kvTokens = Math.Max(1, decodeEngine.Model.KvCapacityTokens * ranks);
        var concurrency = Math.Max(1, kvTokens / (problem.Isl + problem.Osl));
        var batch = (int)Math.Max(1, concurrency / ranks);
        var prefill = prefillEngine.Model.EstimatePrefill(new PrefillQuery(problem.Isl));
        var decode = decodeEngine.Model.EstimateDecode(new DecodeQuery(batch, problem.Isl + (problem.Osl / 2) + 1));
        if (!(prefill.LatencyMs > 0 && decode.LatencyMs > 0))
        {
            throw new InvalidOperationException("The model has no positive latency at the operating point.");
        }

        if (prefill.LatencyMs * Math.Max(1, corrections.Ttft) > problem.TtftTargetMs || decode.LatencyMs * Math.Max(1, corrections.Itl) > problem.ItlTargetMs)
        {
            throw new InvalidOperationException("The operating point misses a latency target.");
        }

        var nameplate = problem.NameplateWatts ?? prefillEngine.Model.NameplateWatts ?? problem.PrefillFallbackCapWatts;
        var (prefillWatts, decodeWatts) = prefill.PowerWatts > 0 && decode.PowerWatts > 0 ? (prefill.PowerWatts, decode.PowerWatts) : (nameplate, nameplate);
        int prefillCap, decodeCap;
        if (isAggregated)
        {
            // Both phases under the cap of their mean: a burst of prefill is throttled.
            prefillCap = decodeCap = CapBridge.CeilingWatts((Physical(prefillWatts, nameplate) + Physical(decodeWatts, nameplate)) / 2 * Math.Max(1, corrections.PowerAggregated));
        }
        else
        {
            prefillCap = Cap(prefillWatts, corrections.PowerPrefill, nameplate);
            decodeCap = Cap(decodeWatts, corrections.PowerDecode, nameplate);
        }

        var prefillGpus = setup.OptimizerPrefillGpus ?? prefillEngine.Layout.Gpus;
        var decodeGpus = setup.OptimizerDecodeGpus ?? decodeEngine.Layout.Gpus;
        var counts = Choose(problem, (long)prefillCap * prefillGpus, (long)decodeCap * decodeGpus, decodeGpus, budgetWatts);
        return new ReferencePlan
        {
            PrefillReplicas = counts.Prefill,
            DecodeReplicas = counts.Decode,
            PrefillCapWatts = prefillCap,
            DecodeCapWatts = decodeCap,
            TtftMs = prefill.LatencyMs,
            ItlMs = decode.LatencyMs,
            RawPrefillWatts = prefillWatts,
            RawDecodeWatts = decodeWatts,
            DecodeRequestsPerSecond = concurrency * 1000 / (decode.LatencyMs * Math.Max(1, problem.Osl)),
        };
    }

    private static (int Prefill, int Decode) Choose(PlanningProblem problem, long prefillWatts, long decodeWatts, int decodeGpus, long? budget)
    {
        // The reference has one minimum and one ceiling for both roles, the ceiling in GPUs of decode.
        var least = Math.Max(problem.MinPrefillReplicas, problem.MinDecodeReplicas);
        var most = problem.Limits.GpuBudget is > 0 and var gpus ? (int)Math.Max(least, gpus / decodeGpus) : MostReplicas;
        if (budget is not { } watts)
        {
            return (least, most);
        }

        if (watts - (least * prefillWatts) <= 0)
        {
            return (least, least);
        }

        var decode = (int)Math.Max(least, Math.Min(most, (watts - (least * prefillWatts)) / decodeWatts));
        var left = Math.Max(0, watts - (decode * decodeWatts));
        return ((int)Math.Min(most, Math.Max(least, left / prefillWatts)), decode);
    }

    private static int Cap(double watts, double coefficient, double nameplate) =>
        CapBridge.CeilingWatts(Physical(watts, nameplate) * Math.Max(1, coefficient));

    private static double Physical(double watts, double nameplate) => CapBridge.IsNonPhysical(watts, nameplate) ? nameplate : watts;
}
