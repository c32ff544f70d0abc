namespace PowerPlanner.Planning.Sweep;

/// <summary>Why no operating points came out of a sweep.</summary>
/// <param name="Reason"><see cref="InfeasibleReason.ModelFailed"/> or <see cref="InfeasibleReason.KvInfeasible"/>.</param>
/// <param name="Detail">The binding number, or the model's own words.</param>
internal sealed record SweepFailure(InfeasibleReason Reason, string Detail);
