namespace PowerPlanner.Control.Loop;

/// <summary>What has happened.</summary>
internal enum LoopInputKind
{
    /// <summary>A tick begins: what the source and the actuator say, and what others want changed.</summary>
    Observed,

    /// <summary>A sweep ended.</summary>
    Swept,

    /// <summary>A command was answered.</summary>
    Answered,

    /// <summary>A command was refused: nothing has changed and nothing will.</summary>
    Refused,

    /// <summary>A command ended without an answer: it may have taken effect, or may yet.</summary>
    Unanswered,

    /// <summary>A command was not sent, for the tick was cut short before it: nothing of it is open.</summary>
    Unsent,

    /// <summary>The tick was cut short: its status is published, and nothing more is sent.</summary>
    Cancelled,

    /// <summary>A reset between two ticks.</summary>
    Reset,
}
