using System.Collections.Immutable;
using PowerPlanner.Control;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>A closed-loop stress test: a deployment, what happens to it, and what must hold. Immutable.</summary>
public sealed record Scenario
{
    /// <summary>Name, such as <c>A3</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is about, one line.</summary>
    public required string Title { get; init; }

    /// <summary>The deployment. Default: H200.</summary>
    public BaseProfile Base { get; init; } = BaseProfile.H200;

    /// <summary>The equations of the fleet. Default: compat.</summary>
    public FleetPhysics Physics { get; init; } = FleetPhysics.Compat;

    /// <summary>Ticks of 60 s to run; at least 1. Default 200.</summary>
    public int Ticks { get; init; } = 200;

    /// <summary>Load; null = the base's.</summary>
    public LoadProfile? Load { get; init; }

    /// <summary>What happens.</summary>
    public ImmutableArray<FleetEvent> Events { get; init; } = [];

    /// <summary>How the controller behaves. Compat runs switch probing and the power-limited band off, whatever stands here.</summary>
    public ControlOptions Options { get; init; } = new();

    /// <summary>Noise of readings and demand. Default: none.</summary>
    public FleetNoise Noise { get; init; } = FleetNoise.None;

    /// <summary>Whether the fleet runs the best plan already when the controller starts. Default false: one prefill replica, as many decode replicas as one has GPUs, at the configured caps.</summary>
    public bool StartsAtPlan { get; init; }

    /// <summary>Replicas that run when the controller starts, instead of the default; null = the default.</summary>
    public (int Prefill, int Decode)? InitialReplicas { get; init; }

    /// <summary>How long a replica warms up; null = 60 s in a physical fleet, at once in a compat one.</summary>
    public TimeSpan? Warmup { get; init; }

    /// <summary>How long a replica drains; null = 30 s in a physical fleet, at once in a compat one.</summary>
    public TimeSpan? Drain { get; init; }

    /// <summary>What must hold, besides the invariants of every run.</summary>
    public ImmutableArray<ScenarioAssertion> Assertions { get; init; } = [];

    internal ControlOptions EffectiveOptions => Physics == FleetPhysics.Compat ? Options with { CapProbing = CapProbing.Off, PowerLimitedBand = 0 } : Options;

    internal TimeSpan EffectiveWarmup => Warmup ?? (Physics == FleetPhysics.Compat ? TimeSpan.Zero : TimeSpan.FromSeconds(60));

    internal TimeSpan EffectiveDrain => Drain ?? (Physics == FleetPhysics.Compat ? TimeSpan.Zero : TimeSpan.FromSeconds(30));
}
