using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Planning.Search;

/// <summary>Where a search ended: positions, counts and caps of the best plan, or the reason why there is none with the numbers that would do.</summary>
internal readonly record struct SearchOutcome
{
    public InfeasibleReason? Reason { get; init; }

    /// <summary>The prefill point under its cap; not used by aggregated engines.</summary>
    public RolePoint Prefill { get; init; }

    /// <summary>The decode or aggregated point under its cap.</summary>
    public RolePoint Decode { get; init; }

    public int PrefillReplicas { get; init; }

    public int DecodeReplicas { get; init; }

    public long Watts { get; init; }

    public long Gpus { get; init; }

    /// <summary>Requests/s: the slower role's capacity.</summary>
    public double Throughput { get; init; }

    public long? MinimumWatts { get; init; }

    public long? MinimumGpus { get; init; }

    /// <summary>The most that the replicas allowed serve with neither budget, requests/s; only where the target is out of reach.</summary>
    public double Ceiling { get; init; }

    public PlanStatistics Statistics { get; init; }

    public bool IsFeasible => Reason is null;
}
