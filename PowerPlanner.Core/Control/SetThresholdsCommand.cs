using PowerPlanner.Admission;

namespace PowerPlanner.Control;

/// <summary>Set the busy thresholds of one frontend.</summary>
/// <param name="Frontend">Name of the frontend, as <see cref="FleetState.Frontends"/> gives it.</param>
/// <param name="Thresholds">The thresholds. A null threshold is not sent: the frontend keeps what it has.</param>
/// <param name="Generation">Rises with every new set of thresholds; a frontend acknowledges it.</param>
public readonly record struct SetThresholdsCommand(string Frontend, AdmissionThresholds Thresholds, long Generation);
