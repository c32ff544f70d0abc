namespace PowerPlanner.Control;

/// <summary>What the replicas of a group do. A disaggregated deployment has prefill and decode, an aggregated one has engines for both.</summary>
public enum FleetRole
{
    /// <summary>Replicas that run the prompt.</summary>
    Prefill,

    /// <summary>Replicas that generate tokens.</summary>
    Decode,

    /// <summary>Replicas that do both.</summary>
    Aggregated,
}
