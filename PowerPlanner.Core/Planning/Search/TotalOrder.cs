namespace PowerPlanner.Planning.Search;

/// <summary>The end of the total order, for plans that tie on throughput, GPUs and watts; it makes the best plan unique.</summary>
internal static class TotalOrder
{
    /// <summary>
    /// Whether <paramref name="a"/> comes before <paramref name="b"/>: lower batch, more prefill replicas, lower prefill cap, lower ITL, lower
    /// TTFT, earlier prefill point, earlier decode point, lower decode cap.
    /// </summary>
    /// <param name="isPair">Whether prefill and decode run apart; the points of aggregated engines have both latencies and one cap.</param>
    /// <param name="a">A plan.</param>
    /// <param name="b">Another.</param>
    public static bool IsBefore(bool isPair, in SearchOutcome a, in SearchOutcome b)
    {
        var order = a.Decode.Batch.CompareTo(b.Decode.Batch);
        order = order != 0 ? order : b.PrefillReplicas.CompareTo(a.PrefillReplicas);
        order = order != 0 ? order : isPair ? a.Prefill.CapWatts.CompareTo(b.Prefill.CapWatts) : a.Decode.CapWatts.CompareTo(b.Decode.CapWatts);
        order = order != 0 ? order : a.Decode.ItlMs.CompareTo(b.Decode.ItlMs);
        if (isPair)
        {
            order = order != 0 ? order : a.Prefill.TtftMs.CompareTo(b.Prefill.TtftMs);
            order = order != 0 ? order : a.Prefill.Index.CompareTo(b.Prefill.Index);
        }
        else
        {
            order = order != 0 ? order : a.Decode.TtftMs.CompareTo(b.Decode.TtftMs);
        }

        order = order != 0 ? order : a.Decode.Index.CompareTo(b.Decode.Index);
        order = order != 0 ? order : a.Decode.CapWatts.CompareTo(b.Decode.CapWatts);
        return order < 0;
    }
}
