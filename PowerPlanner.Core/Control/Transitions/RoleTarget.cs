namespace PowerPlanner.Control.Transitions;

/// <summary>What a role is to become.</summary>
/// <param name="Replicas">Replicas to run.</param>
/// <param name="CapWatts">Cap of each GPU, W; null = leave it as it is.</param>
internal readonly record struct RoleTarget(int Replicas, int? CapWatts);
