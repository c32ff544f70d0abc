namespace PowerPlanner.Control.Transitions;

/// <summary>A command that may have taken effect, or may still do so. The default is none.</summary>
/// <param name="Value">Cap, W, or replica count.</param>
/// <param name="Revision">The command's revision; 0 = no command.</param>
/// <param name="IsAccepted">Whether the actuator answered: it knows of the command, and only time is missing.</param>
/// <param name="SentAt">When it was sent, on the controller's clock.</param>
internal readonly record struct PendingCommand(int Value, long Revision, bool IsAccepted, TimeSpan SentAt)
{
    public bool Exists => Revision != 0;
}
