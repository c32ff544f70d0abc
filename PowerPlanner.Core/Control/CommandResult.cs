using PowerPlanner.Admission;

namespace PowerPlanner.Control;

/// <summary>A command that was sent to the actuator, and what became of it.</summary>
public sealed record CommandResult
{
    /// <summary>What it does.</summary>
    public required CommandKind Kind { get; init; }

    /// <summary>The role of a cap or a replica count; null for thresholds.</summary>
    public FleetRole? Role { get; init; }

    /// <summary>The frontend of thresholds; null otherwise.</summary>
    public string? Frontend { get; init; }

    /// <summary>Cap, W, or replica count; 0 for thresholds.</summary>
    public int Value { get; init; }

    /// <summary>The thresholds; null otherwise.</summary>
    public AdmissionThresholds? Thresholds { get; init; }

    /// <summary>Whether the actuator answered. False: refused, failed or timed out.</summary>
    public required bool Succeeded { get; init; }
}
