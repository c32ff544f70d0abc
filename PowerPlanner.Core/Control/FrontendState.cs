using PowerPlanner.Admission;

namespace PowerPlanner.Control;

/// <summary>One frontend and the thresholds that it has. Immutable.</summary>
public sealed record FrontendState
{
    /// <summary>Name, unique within the deployment.</summary>
    public required string Name { get; init; }

    /// <summary>The newest generation that the frontend acknowledged since it started; 0 = none, as after a restart.</summary>
    public long AcknowledgedGeneration { get; init; }

    /// <summary>The thresholds in force, as read back; null where there are none or they are unknown.</summary>
    public AdmissionThresholds? Thresholds { get; init; }
}
