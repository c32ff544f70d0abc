namespace PowerPlanner.Control.Transitions;

/// <summary>
/// Commands of one kind to one role that were sent and not answered: any of them may have taken effect, or may still do so, until an answer
/// to a newer one settles them. The default is none.
/// </summary>
/// <param name="Highest">The largest value among them: cap, W, or replica count.</param>
/// <param name="Lowest">The smallest.</param>
/// <param name="Revision">The newest one's revision; 0 = there is none.</param>
internal readonly record struct OpenCommands(int Highest, int Lowest, long Revision)
{
    public bool Exist => Revision != 0;

    /// <summary>With one more. Either may win, for the new one may get lost.</summary>
    public OpenCommands With(int value, long revision) => Exist
        ? new OpenCommands(Math.Max(Highest, value), Math.Min(Lowest, value), revision)
        : new OpenCommands(value, value, revision);
}
