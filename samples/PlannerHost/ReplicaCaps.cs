using System.Collections.Immutable;
using PowerPlanner.Control;

namespace PlannerHost;

/// <summary>Replicas by the caps on their parts, be they pods or GPUs. Immutable.</summary>
/// <param name="Counts">Replicas by the highest cap on any of their parts, lowest cap first.</param>
/// <param name="Unknown">Replicas with a part whose cap is not known.</param>
internal readonly record struct ReplicaCaps(ImmutableArray<CapCount> Counts, int Unknown)
{
    /// <summary>The highest cap that is counted, W; null = none is.</summary>
    public int? HighestWatts => Counts.IsEmpty ? null : Counts[^1].CapWatts;

    /// <summary>
    /// Counts replicas where it is not known which parts belong together: those with the highest caps, unknown ones before all, are taken for one replica each, so
    /// that what the counts add up to is never below what the parts may draw.
    /// </summary>
    /// <param name="parts">The cap on each part, W; null = unknown.</param>
    /// <param name="partsPerReplica">Parts of one replica; at least 1.</param>
    /// <param name="mostReplicas">Replicas that there are at most: parts beyond them, those with the lowest caps, belong to none.</param>
    public static ReplicaCaps Of(IEnumerable<int?> parts, int partsPerReplica, int mostReplicas = int.MaxValue)
    {
        var highest = parts.OrderByDescending(cap => cap ?? int.MaxValue).Chunk(partsPerReplica).Take(mostReplicas).Select(replica => replica[0]).ToList();
        return new ReplicaCaps(
            [.. highest.OfType<int>().GroupBy(cap => cap).OrderBy(group => group.Key).Select(group => new CapCount(group.Key, group.Count()))],
            highest.Count(cap => cap is null));
    }
}
