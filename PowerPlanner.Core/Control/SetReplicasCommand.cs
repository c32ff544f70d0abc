namespace PowerPlanner.Control;

/// <summary>Set the replica count of a role.</summary>
/// <param name="Role">The role.</param>
/// <param name="Replicas">Replicas to run; at least 0.</param>
/// <param name="Revision">Rises with every command of this controller's lifetime, so that late writes can be told from new ones.</param>
public readonly record struct SetReplicasCommand(FleetRole Role, int Replicas, long Revision);
