namespace PowerPlanner.Control;

/// <summary>An edge between two states of a controller.</summary>
/// <param name="from">The state before.</param>
/// <param name="to">The state after.</param>
public sealed class ControllerStateChangedEventArgs(ControllerState from, ControllerState to) : EventArgs
{
    /// <summary>The state before.</summary>
    public ControllerState From { get; } = from;

    /// <summary>The state after.</summary>
    public ControllerState To { get; } = to;
}
