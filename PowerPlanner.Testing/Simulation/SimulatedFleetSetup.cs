using System.Collections.Immutable;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Testing.Simulation;

/// <summary>What a <see cref="SimulatedFleet"/> consists of and what happens to it. Immutable.</summary>
public sealed record SimulatedFleetSetup
{
    /// <summary>The equations. Default: physical.</summary>
    public FleetPhysics Physics { get; init; } = FleetPhysics.Physical;

    /// <summary>What the engines do.</summary>
    public required EngineConstants Engines { get; init; }

    /// <summary>The prefill replicas; their delays are the warm-up and the drain. Null where engines run both phases.</summary>
    public InMemoryRole? Prefill { get; init; }

    /// <summary>The decode replicas. Null where engines run both phases.</summary>
    public InMemoryRole? Decode { get; init; }

    /// <summary>The engines that run both phases, of a physical fleet; null where prefill and decode have replicas of their own. Default null.</summary>
    public InMemoryRole? Aggregated { get; init; }

    /// <summary>Mean input length of the load profile, tokens. Default 3000.</summary>
    public int Isl { get; init; } = 3000;

    /// <summary>Mean output length of the load profile, tokens. Default 150.</summary>
    public int Osl { get; init; } = 150;

    /// <summary>Load over time. Default: 2000 tokens/s.</summary>
    public LoadProfile Load { get; init; } = LoadProfile.Constant(2000);

    /// <summary>What happens, in any order; events at one tick happen in the order given.</summary>
    public ImmutableArray<FleetEvent> Events { get; init; } = [];

    /// <summary>Noise of readings and demand. Default: none.</summary>
    public FleetNoise Noise { get; init; } = FleetNoise.None;

    /// <summary>Seed of the noise. Default 42.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>Length of a tick; greater than 0. Default 60 s.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Names of the frontends. Default: f1, f2, f3.</summary>
    public ImmutableArray<string> Frontends { get; init; } = ["f1", "f2", "f3"];

    /// <summary>Whether a cap that is replaced while it is on its way to GPUs is void. Default: it is.</summary>
    public bool FencesByRevision { get; init; } = true;

    /// <summary>Watts that each GPU brings besides its board, W. Default 0.</summary>
    public int NonGpuWattsPerGpu { get; init; }

    /// <summary><c>max_num_batched_tokens</c> that every worker reports. Default 8192.</summary>
    public long MaxBatchedTokens { get; init; } = 8192;

    /// <summary>Draw of a warming replica's GPUs, a share of the nameplate power. Default 0.7.</summary>
    public double WarmupFraction { get; init; } = 0.7;

    /// <summary>Draw of an idle GPU, a share of the nameplate power. Default 0.1.</summary>
    public double IdleFraction { get; init; } = 0.1;
}
