namespace PowerPlanner.Testing.Reference;

/// <summary>
/// The reference's clamp of a pair of counts, for watts and for GPUs. It may raise a count to its minimum, which the library's own clamps
/// (<see cref="Power.Clamps.BudgetClamp"/>) never do.
/// </summary>
internal static class ReferenceClamp
{
    /// <summary>Shrinks two counts in proportion until they fit; (0, 0) where the minima don't.</summary>
    /// <param name="counts">Prefill and decode replicas.</param>
    /// <param name="costs">What a replica of each takes.</param>
    /// <param name="minima">Fewest replicas of each.</param>
    /// <param name="budget">What there is; null = no end.</param>
    public static (int Prefill, int Decode) Apply((int Prefill, int Decode) counts, (long Prefill, long Decode) costs, (int Prefill, int Decode) minima, long? budget)
    {
        var total = (counts.Prefill * costs.Prefill) + (counts.Decode * costs.Decode);
        if (budget is not { } most || total <= most)
        {
            return counts;
        }

        if (most < (minima.Prefill * costs.Prefill) + (minima.Decode * costs.Decode))
        {
            return (0, 0);
        }

        // ⌊n · B/P⌋ in integers.
        var shrunk = (long)((Int128)counts.Prefill * most / total);
        var prefill = (int)Math.Max(minima.Prefill, Math.Min((most - (minima.Decode * costs.Decode)) / costs.Prefill, shrunk));
        var decode = (int)Math.Max(minima.Decode, Math.Min(counts.Decode, (most - (prefill * costs.Prefill)) / costs.Decode));
        return (prefill, decode);
    }
}
