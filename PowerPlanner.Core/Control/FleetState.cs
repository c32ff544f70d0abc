using System.Collections.Immutable;

namespace PowerPlanner.Control;

/// <summary>What runs and what is in effect, as an actuator reads it. Immutable.</summary>
public sealed record FleetState
{
    /// <summary>The prefill replicas; null in an aggregated deployment, or where they cannot be read.</summary>
    public RoleState? Prefill { get; init; }

    /// <summary>The decode replicas; null in an aggregated deployment, or where they cannot be read.</summary>
    public RoleState? Decode { get; init; }

    /// <summary>The aggregated engines; null in a disaggregated deployment, or where they cannot be read.</summary>
    public RoleState? Aggregated { get; init; }

    /// <summary>The frontends that admit requests; empty where there are none.</summary>
    public ImmutableArray<FrontendState> Frontends { get; init; } = [];

    /// <summary>One role; null where it does not exist or cannot be read.</summary>
    /// <param name="role">The role.</param>
    public RoleState? Of(FleetRole role) => role switch
    {
        FleetRole.Prefill => Prefill,
        FleetRole.Decode => Decode,
        _ => Aggregated,
    };
}
