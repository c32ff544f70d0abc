using PowerPlanner.Admission;
using PowerPlanner.Control;

namespace PowerPlanner.Testing.InMemory;

/// <summary>A command that reached an <see cref="InMemoryFleet"/>.</summary>
/// <param name="Time">When, by the fleet's clock.</param>
/// <param name="Kind">What it sets.</param>
/// <param name="Role">The role of a cap or a replica count; null for thresholds.</param>
/// <param name="Frontend">The frontend of thresholds; null otherwise.</param>
/// <param name="Value">Cap, W, or replica count; 0 for thresholds.</param>
/// <param name="Thresholds">The thresholds; null otherwise.</param>
/// <param name="Revision">Revision of a cap or a count, generation of thresholds.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="ChargedWattsBefore">The fleet's charged draw before it, W.</param>
/// <param name="ChargedWattsAfter">The fleet's charged draw after it, W.</param>
public readonly record struct RecordedCommand(
    DateTimeOffset Time,
    CommandKind Kind,
    FleetRole? Role,
    string? Frontend,
    int Value,
    AdmissionThresholds? Thresholds,
    long Revision,
    CommandOutcome Outcome,
    long ChargedWattsBefore,
    long ChargedWattsAfter)
{
    /// <summary>How long thresholds may wait before they are written; the fleet in memory does not wait. Zero for caps and counts.</summary>
    public TimeSpan Delay { get; init; }
}
