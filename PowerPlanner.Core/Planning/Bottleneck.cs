namespace PowerPlanner.Planning;

/// <summary>The role whose capacity limits a plan's throughput.</summary>
public enum Bottleneck
{
    /// <summary>Prefill is the slower role.</summary>
    Prefill,

    /// <summary>Decode is the slower role.</summary>
    Decode,

    /// <summary>Both roles' rates agree within a relative 1e-9.</summary>
    Balanced,
}
