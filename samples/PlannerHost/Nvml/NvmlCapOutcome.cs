using System.Collections.Immutable;
using PowerPlanner.Power;

namespace PlannerHost.Nvml;

/// <summary>What became of a cap on a set of GPUs, as read back. Immutable.</summary>
internal sealed record NvmlCapOutcome
{
    /// <summary>The cap in force on each GPU that answers, W.</summary>
    public required ImmutableSortedDictionary<string, int> CapWatts { get; init; }

    /// <summary>What failed, write or read.</summary>
    public required ImmutableArray<NvmlException> Failures { get; init; }

    /// <summary>GPUs that were asked for.</summary>
    public required int Gpus { get; init; }

    /// <summary>GPUs whose limit was written.</summary>
    public int Written { get; init; }

    /// <summary>
    /// The values that <see cref="EffectiveCapWatts"/> can take; null = unknown. As the highest cap of the set counts, it begins at the highest of the
    /// GPUs' lowest caps and ends at the highest of their highest.
    /// </summary>
    public GpuPowerLimits? Limits { get; init; }

    /// <summary>The highest cap in force, W; null where any GPU does not answer, as that one may be under any cap.</summary>
    public int? EffectiveCapWatts => CapWatts.Count == Gpus && Gpus > 0 ? CapWatts.Values.Max() : null;
}
