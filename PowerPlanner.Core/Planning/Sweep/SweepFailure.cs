namespace PowerPlanner.Planning.Sweep;

/// <summary>Why no operating points came out of a sweep.</summary>
/// <param name="Reason"><see cref="InfeasibleReason.ModelFailed"/> or <see cref="InfeasibleReason.KvInfeasible"/>.</param>
/// <param name="Detail">The binding number, or the model's own words.</param>
/// <param name="HasModelThrown">Whether a model broke, as opposed to having no data or answering nonsense.</param>
internal sealed record SweepFailure(InfeasibleReason Reason, string Detail, bool HasModelThrown = false);
