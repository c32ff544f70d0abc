using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Planning.Search;

/// <summary>The end of the total order, for plans that tie on throughput, GPUs and watts; it makes the best plan unique.</summary>
internal static class TotalOrder
{
    /// <summary>
    /// Whether <paramref name="a"/> comes before <paramref name="b"/>: lower batch, more prefill replicas, lower prefill cap, lower ITL, lower
    /// TTFT, earlier prefill point, earlier decode point.
    /// </summary>
    /// <param name="prefill">Prefill points; null for aggregated engines, whose points have both latencies.</param>
    /// <param name="decode">Decode points, or those of aggregated engines.</param>
    public static bool IsBefore(OperatingPoints? prefill, OperatingPoints decode, in SearchOutcome a, in SearchOutcome b)
    {
        var order = decode.Batch[a.DecodePosition].CompareTo(decode.Batch[b.DecodePosition]);
        order = order != 0 ? order : b.PrefillReplicas.CompareTo(a.PrefillReplicas);
        order = order != 0 ? order : a.PrefillCapWatts.CompareTo(b.PrefillCapWatts);
        order = order != 0 ? order : decode.ItlMs[a.DecodePosition].CompareTo(decode.ItlMs[b.DecodePosition]);
        if (prefill is null)
        {
            order = order != 0 ? order : decode.TtftMs[a.DecodePosition].CompareTo(decode.TtftMs[b.DecodePosition]);
        }
        else
        {
            order = order != 0 ? order : prefill.TtftMs[a.PrefillPosition].CompareTo(prefill.TtftMs[b.PrefillPosition]);
            order = order != 0 ? order : prefill.Index[a.PrefillPosition].CompareTo(prefill.Index[b.PrefillPosition]);
        }

        order = order != 0 ? order : decode.Index[a.DecodePosition].CompareTo(decode.Index[b.DecodePosition]);
        return order < 0;
    }
}
