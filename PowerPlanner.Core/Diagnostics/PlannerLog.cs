using Microsoft.Extensions.Logging;

namespace PowerPlanner.Diagnostics;

/// <summary>
/// The planner's log messages, in files by subject: 1xx planning, 2xx acting, 3xx admission, 4xx learning, 5xx budget, 6xx the loop, 7xx
/// hosting. docs/events.md lists them. Each names its deployment. Ids are a contract: one is never used again for something else.
/// </summary>
/// <remarks>
/// What may hold for many ticks is written once when it begins, once when it ends and now and then in between (<see cref="EdgeLog{TCause}"/>);
/// counters carry the rate.
/// </remarks>
internal static partial class PlannerLog
{
    /// <summary>A condition that was reported when it began still holds.</summary>
    [LoggerMessage(601, LogLevel.Warning, "{Deployment}: still, after {Duration}: {Condition}")]
    public static partial void ConditionPersists(this ILogger logger, string deployment, string condition, TimeSpan duration);

    /// <summary>A condition that was reported when it began, and that has no event of its own for its end, is over.</summary>
    [LoggerMessage(602, LogLevel.Information, "{Deployment}: over, after {Duration}: {Condition}")]
    public static partial void ConditionEnded(this ILogger logger, string deployment, string condition, TimeSpan duration);

    /// <summary>The loop's state has changed.</summary>
    [LoggerMessage(603, LogLevel.Information, "{Deployment}: {From} → {To}")]
    public static partial void StateChanged(this ILogger logger, string deployment, string from, string to);

    /// <summary>The optimizer is off: the plan, the clamps and the loop go on without it.</summary>
    [LoggerMessage(604, LogLevel.Error, "{Deployment}: the optimizer is off ({Reason}): {Detail}")]
    public static partial void Disabled(this ILogger logger, string deployment, string reason, string detail);

    /// <summary>A disabled optimizer tries once again.</summary>
    [LoggerMessage(605, LogLevel.Information, "{Deployment}: the optimizer has been off for {Duration} and tries once again")]
    public static partial void HalfOpenProbe(this ILogger logger, string deployment, TimeSpan duration);

    /// <summary>The optimizer is on again, after a reset or a probe that succeeded.</summary>
    [LoggerMessage(606, LogLevel.Information, "{Deployment}: the optimizer is on again after {Duration} ({Cause})")]
    public static partial void Reenabled(this ILogger logger, string deployment, TimeSpan duration, string cause);

    /// <summary>The first sweep failed; the loop lives on at its fallback.</summary>
    [LoggerMessage(607, LogLevel.Error, "{Deployment}: start failed ({Reason}); fallback: {Fallback}")]
    public static partial void StartFailed(this ILogger logger, string deployment, string reason, string fallback, Exception? exception);

    /// <summary>A saved state could not be taken over; the controller starts cold.</summary>
    [LoggerMessage(608, LogLevel.Warning, "{Deployment}: the snapshot is refused: {Detail}; a cold start follows")]
    public static partial void SnapshotRefused(this ILogger logger, string deployment, string detail);

    /// <summary>A saved state has been taken over.</summary>
    [LoggerMessage(609, LogLevel.Information, "{Deployment}: resumes from a snapshot of {Taken:O}")]
    public static partial void SnapshotRestored(this ILogger logger, string deployment, DateTimeOffset taken);

    /// <summary>A tick failed in a way that nothing above foresees. The loop goes on with the next one.</summary>
    [LoggerMessage(610, LogLevel.Error, "{Deployment}: a tick failed; the loop goes on")]
    public static partial void TickFailed(this ILogger logger, string deployment, Exception exception);

    /// <summary>A role of the fleet has not been readable for several ticks: nothing can rise, and what others do is not seen.</summary>
    [LoggerMessage(611, LogLevel.Critical, "{Deployment}: blind for {Ticks} ticks: a role of the fleet cannot be read (ever read: {IsFleetKnown}); nothing can be started or raised, and nothing is commanded before every role was read once")]
    public static partial void Blind(this ILogger logger, string deployment, int ticks, bool isFleetKnown);

    /// <summary>The journal of decisions could not be written: lines are lost. The loop goes on, and the next tick begins anew in it.</summary>
    [LoggerMessage(612, LogLevel.Warning, "{Deployment}: the journal of decisions cannot be written; ticks are lost from it, the loop goes on")]
    public static partial void JournalFailed(this ILogger logger, string deployment, Exception exception);

    /// <summary>The journal of decisions is written again.</summary>
    [LoggerMessage(613, LogLevel.Information, "{Deployment}: the journal of decisions is written again after {Duration}")]
    public static partial void JournalRecovered(this ILogger logger, string deployment, TimeSpan duration);
}
