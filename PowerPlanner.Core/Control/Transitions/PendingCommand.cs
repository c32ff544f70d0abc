using System.Text.Json.Serialization;

namespace PowerPlanner.Control.Transitions;

/// <summary>A command that may have taken effect, or may still do so. The default is none.</summary>
/// <param name="Value">Cap, W, or replica count.</param>
/// <param name="Revision">The command's revision; 0 = no command.</param>
/// <param name="IsAccepted">Whether the actuator answered: it knows of the command, and only time is missing.</param>
/// <param name="SentAt">When it was sent, on the controller's clock.</param>
/// <param name="Least">The least value of commands before it that may have taken effect instead; null = there is none below <paramref name="Value"/>.</param>
internal readonly record struct PendingCommand(int Value, long Revision, bool IsAccepted, TimeSpan SentAt, int? Least = null)
{
    /// <summary>The least value that may be in effect on account of this command and those that it stands for.</summary>
    [JsonIgnore]
    public int LowestValue => Least ?? Value;

    public bool Exists => Revision != 0;
}
