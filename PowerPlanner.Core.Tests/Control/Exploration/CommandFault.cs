namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>What may become of a command instead of being applied and answered.</summary>
internal enum CommandFault
{
    None,

    /// <summary>Nothing has changed and nothing will.</summary>
    Refused,

    /// <summary>Gone, without an answer.</summary>
    Lost,

    /// <summary>Applied, without an answer.</summary>
    Unanswered,

    /// <summary>On the wire, without an answer.</summary>
    Delayed,

    /// <summary>Applied, and answered with the state of before.</summary>
    Cached,

    /// <summary>The tick is cancelled before it is sent.</summary>
    CancelledUnsent,

    /// <summary>The tick is cancelled, and it is on the wire.</summary>
    CancelledDelayed,

    /// <summary>The process ends before it is sent.</summary>
    CrashUnsent,

    /// <summary>The process ends after it was applied.</summary>
    CrashApplied,

    /// <summary>The process ends, and it is on the wire.</summary>
    CrashDelayed,
}
