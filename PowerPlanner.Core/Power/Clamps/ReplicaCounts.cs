namespace PowerPlanner.Power.Clamps;

/// <summary>
/// Replicas of both roles, each at least 0. In a proposal null means "no opinion": the role stays as it is. In a current state it means
/// "rolling, unknown", and counts as 0.
/// </summary>
/// <param name="Prefill">Prefill replicas.</param>
/// <param name="Decode">Decode replicas; the engine count of an aggregated deployment.</param>
public readonly record struct ReplicaCounts(int? Prefill, int? Decode);
