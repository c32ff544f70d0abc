using PowerPlanner.Control.Sweeps;

namespace PowerPlanner.Control.Loop;

/// <summary>One thing that has happened, and when.</summary>
internal readonly record struct LoopInput
{
    public LoopInputKind Kind { get; init; }

    /// <summary>The controller's clock.</summary>
    public TimeSpan Now { get; init; }

    /// <summary>The wall clock.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>Why the tick came.</summary>
    public TickKind Tick { get; init; }

    /// <summary>What the source saw; null = nothing.</summary>
    public Observation? Observation { get; init; }

    /// <summary>What the actuator read; null = it could not.</summary>
    public FleetState? Fleet { get; init; }

    /// <summary>What others want changed.</summary>
    public LoopUpdate Update { get; init; }

    public SweepAnswer? Sweep { get; init; }

    /// <summary>The role as a command's answer shows it.</summary>
    public RoleState? Role { get; init; }

    /// <summary>The frontend as a command's answer shows it.</summary>
    public FrontendState? Frontend { get; init; }
}
