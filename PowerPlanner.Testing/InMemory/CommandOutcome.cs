namespace PowerPlanner.Testing.InMemory;

/// <summary>What an <see cref="InMemoryFleet"/> made of a command.</summary>
public enum CommandOutcome
{
    /// <summary>It took effect.</summary>
    Applied,

    /// <summary>What it asked for was in effect already.</summary>
    NoChange,

    /// <summary>It was refused: nothing changed.</summary>
    Refused,

    /// <summary>It failed or was cancelled, and nothing changed.</summary>
    Failed,

    /// <summary>It took effect, and the caller was not told.</summary>
    AppliedUnanswered,

    /// <summary>It takes effect later.</summary>
    Delayed,
}
