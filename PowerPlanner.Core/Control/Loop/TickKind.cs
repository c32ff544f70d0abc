namespace PowerPlanner.Control.Loop;

/// <summary>Why the loop acts.</summary>
internal enum TickKind
{
    /// <summary>The first sweep and application.</summary>
    Start,

    /// <summary>A regular tick.</summary>
    Tick,

    /// <summary>A sweep on demand.</summary>
    Replan,
}
