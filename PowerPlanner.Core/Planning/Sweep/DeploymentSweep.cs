using PowerPlanner.Performance;
using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Planning.Sweep;

/// <summary>Everything that the models of one deployment have to say about one workload: what neither limits nor corrections touch.</summary>
internal sealed class DeploymentSweep
{
    /// <summary>Why there are no points; null where there are.</summary>
    public SweepFailure? Failure { get; init; }

    public required SweptPoints Prefill { get; init; }

    public required SweptPoints Decode { get; init; }

    /// <summary>A model's own composition of both phases, one for each decode point; null where the planner composes.</summary>
    public AggregatedEstimate[]? Aggregated { get; init; }

    /// <summary>What caps do to prefill steps; null where there is no grid or nobody can tell.</summary>
    public CapLatency? PrefillCaps { get; init; }

    /// <summary>What caps do to decode steps; null where there is no grid or nobody can tell.</summary>
    public CapLatency? DecodeCaps { get; init; }

    /// <summary>KV tokens of one attention rank of the decode or aggregated engine.</summary>
    public long KvTokensPerRank { get; init; }

    /// <summary>Sequences that one attention rank's cache holds.</summary>
    public long KvBatch { get; init; }
}
