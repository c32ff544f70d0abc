namespace PowerPlanner.Control;

/// <summary>Set the cap of every GPU of a role.</summary>
/// <param name="Role">The role.</param>
/// <param name="CapWatts">Cap of each GPU, W; at least 1.</param>
/// <param name="Revision">Rises with every command of this controller's lifetime, so that late writes can be told from new ones.</param>
public readonly record struct SetCapCommand(FleetRole Role, int CapWatts, long Revision);
