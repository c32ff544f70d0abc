namespace PowerPlanner.Control.Transitions;

/// <summary>A command that has been decided, charged and not yet sent.</summary>
/// <param name="Role">Index of the role in the ledger.</param>
/// <param name="Kind">Cap or replica count.</param>
/// <param name="Value">Cap, W, or replica count.</param>
/// <param name="Revision">Its revision.</param>
internal readonly record struct FleetCommand(int Role, CommandKind Kind, int Value, long Revision);
