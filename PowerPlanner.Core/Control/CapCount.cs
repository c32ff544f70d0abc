namespace PowerPlanner.Control;

/// <summary>Replicas of a role by the cap that is in force on them.</summary>
/// <param name="CapWatts">The highest cap in force on any GPU of these replicas, W, as read back; at least 1.</param>
/// <param name="Replicas">How many there are, those that start or drain included; at least 0.</param>
public readonly record struct CapCount(int CapWatts, int Replicas);
