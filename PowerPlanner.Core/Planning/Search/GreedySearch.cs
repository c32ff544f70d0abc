namespace PowerPlanner.Planning.Search;

/// <summary>
/// The reference planner's choice, for comparison: decode first beside the fewest prefill replicas, the rest to prefill, left-over
/// replicas and all, but never above a budget. The caller has made sure that the fewest replicas fit both budgets.
/// </summary>
internal static class GreedySearch
{
    // The operating points hold a single one for this policy.
    private const int Fastest = 0;

    public static SearchOutcome Run(in Candidates prefill, in Candidates decode, in SearchTerms terms)
    {
        var prefillWatts = prefill.ReplicaWatts(Fastest);
        var decodeWatts = decode.ReplicaWatts(Fastest);
        var decodeReplicas = Most(terms, terms.BudgetWatts - (prefill.MinReplicas * prefillWatts), decodeWatts, (long)prefill.MinReplicas * prefill.Gpus, decode.Gpus);
        var prefillReplicas = terms.BudgetWatts == SearchTerms.UnboundedWatts
            ? prefill.MinReplicas
            : Most(terms, terms.BudgetWatts - (decodeReplicas * decodeWatts), prefillWatts, decodeReplicas * decode.Gpus, prefill.Gpus);
        return new SearchOutcome
        {
            Prefill = prefill.At(Fastest),
            Decode = decode.At(Fastest),
            PrefillReplicas = (int)prefillReplicas,
            DecodeReplicas = (int)decodeReplicas,
            Watts = (prefillReplicas * prefillWatts) + (decodeReplicas * decodeWatts),
            Gpus = (prefillReplicas * prefill.Gpus) + (decodeReplicas * decode.Gpus),
            Throughput = Math.Min(prefillReplicas * prefill.Points.Rate[Fastest], decodeReplicas * decode.Points.Rate[Fastest]),
            Statistics = new PlanStatistics(2, 1),
        };
    }

    /// <summary>Aggregated engines: as many as fit.</summary>
    public static SearchOutcome Run(in Candidates engine, in SearchTerms terms)
    {
        var replicaWatts = engine.ReplicaWatts(Fastest);
        var replicas = Most(terms, terms.BudgetWatts, replicaWatts, usedGpus: 0, engine.Gpus);
        return new SearchOutcome
        {
            Decode = engine.At(Fastest),
            DecodeReplicas = (int)replicas,
            Watts = replicas * replicaWatts,
            Gpus = replicas * engine.Gpus,
            Throughput = replicas * engine.Points.Rate[Fastest],
            Statistics = new PlanStatistics(1, 1),
        };
    }

    private static long Most(in SearchTerms terms, long wattsLeft, long replicaWatts, long usedGpus, int gpus) =>
        Math.Min(Math.Min(wattsLeft / replicaWatts, (terms.GpuBudget - usedGpus) / gpus), terms.MaxReplicas);
}
