using System.Collections.Immutable;

namespace PowerPlanner.Testing.InMemory;

/// <summary>What an <see cref="InMemoryFleet"/> consists of. Immutable.</summary>
public sealed record InMemoryFleetSetup
{
    /// <summary>The prefill replicas; null where the deployment has none.</summary>
    public InMemoryRole? Prefill { get; init; }

    /// <summary>The decode replicas; null where the deployment has none.</summary>
    public InMemoryRole? Decode { get; init; }

    /// <summary>The aggregated engines; null where the deployment has none.</summary>
    public InMemoryRole? Aggregated { get; init; }

    /// <summary>Names of the frontends, each once. Default: f1, f2, f3.</summary>
    public ImmutableArray<string> Frontends { get; init; } = ["f1", "f2", "f3"];

    /// <summary>Watts that each GPU brings besides its board, W; at least 0. Default 0.</summary>
    public int NonGpuWattsPerGpu { get; init; }

    /// <summary>
    /// Whether a cap that is replaced while it is on its way to GPUs is void. Otherwise it comes into force for the time until the newer one does.
    /// Default: it is void.
    /// </summary>
    public bool FencesByRevision { get; init; } = true;
}
