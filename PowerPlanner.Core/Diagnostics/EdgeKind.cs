namespace PowerPlanner.Diagnostics;

/// <summary>Whether a condition is worth a message now.</summary>
internal enum EdgeKind
{
    /// <summary>Nothing new.</summary>
    None,

    /// <summary>It has begun.</summary>
    Entered,

    /// <summary>It has lasted for another span of ticks.</summary>
    Reminder,

    /// <summary>It has ended.</summary>
    Exited,
}
