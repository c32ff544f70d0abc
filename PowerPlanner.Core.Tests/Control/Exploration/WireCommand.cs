using PowerPlanner.Control;

namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>A command that nobody has answered and that may still arrive.</summary>
/// <param name="Kind">Cap or count.</param>
/// <param name="Value">Cap, W, or count.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="IsForgotten">Whether the process that sent it is gone, and its memory with it.</param>
internal readonly record struct WireCommand(CommandKind Kind, int Value, long Revision, bool IsForgotten = false);
