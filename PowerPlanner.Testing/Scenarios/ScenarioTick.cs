using System.Collections.Immutable;
using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>What a tick of a scenario's run found and left behind. Immutable.</summary>
public sealed record ScenarioTick
{
    /// <summary>The tick; −1 = the start.</summary>
    public required int Tick { get; init; }

    /// <summary>The controller's status after the tick.</summary>
    public required ControllerStatus Status { get; init; }

    /// <summary>The fleet after the tick's events and before its commands.</summary>
    public required FleetState Before { get; init; }

    /// <summary>The fleet after the tick's commands.</summary>
    public required FleetState After { get; init; }

    /// <summary>What the fleet really did.</summary>
    public required FleetTruth Truth { get; init; }

    /// <summary>What the controller was shown.</summary>
    public Observation? Observation { get; init; }

    /// <summary>What reached the fleet, in order.</summary>
    public ImmutableArray<RecordedCommand> Commands { get; init; } = [];

    /// <summary>The fleet's own charge after the tick: Σ existing replicas · cap · GPUs, W.</summary>
    public long ChargedWatts { get; init; }

    /// <summary>The highest charge during the tick, W.</summary>
    public long PeakChargedWatts { get; init; }

    /// <summary>Times so far that a role's commanded count turned round.</summary>
    public int DirectionFlips { get; init; }
}
