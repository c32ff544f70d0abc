using Microsoft.Extensions.Logging;

namespace PowerPlanner.Diagnostics;

internal static partial class PlannerLog
{
    /// <summary>Every step of a plan is confirmed.</summary>
    [LoggerMessage(201, LogLevel.Information, "{Deployment}: plan applied after {Duration}: {PrefillReplicas} prefill at {PrefillCapWatts} W, {DecodeReplicas} decode at {DecodeCapWatts} W")]
    public static partial void PlanApplied(this ILogger logger, string deployment, TimeSpan duration, int prefillReplicas, int prefillCapWatts, int decodeReplicas, int decodeCapWatts);

    /// <summary>The actuator took a command.</summary>
    [LoggerMessage(202, LogLevel.Information, "{Deployment}: {Command} of {Target} → {Value}")]
    public static partial void CommandSent(this ILogger logger, string deployment, string command, string target, long value);

    /// <summary>What would have been sent, in advisory mode.</summary>
    [LoggerMessage(203, LogLevel.Information, "{Deployment}: advice: {Command} of {Target} → {Value}")]
    public static partial void CommandAdvised(this ILogger logger, string deployment, string command, string target, long value);

    /// <summary>The actuator refused a command: nothing has changed.</summary>
    [LoggerMessage(204, LogLevel.Warning, "{Deployment}: {Command} of {Target} → {Value} was refused: {Detail}")]
    public static partial void CommandRefused(this ILogger logger, string deployment, string command, string target, long value, string detail);

    /// <summary>A command failed or timed out: it may still take effect, and is charged.</summary>
    [LoggerMessage(205, LogLevel.Warning, "{Deployment}: {Command} of {Target} → {Value} failed and may still take effect")]
    public static partial void CommandFailed(this ILogger logger, string deployment, string command, string target, long value, Exception exception);

    /// <summary>The budget cut a proposal of replica counts.</summary>
    [LoggerMessage(206, LogLevel.Warning, "{Deployment}: {Reason}: {ProposedPrefill} prefill and {ProposedDecode} decode become {Prefill} and {Decode}")]
    public static partial void ProposalClamped(this ILogger logger, string deployment, string reason, int? proposedPrefill, int? proposedDecode, int? prefill, int? decode);

    /// <summary>A rollout is under way: counts stand still until it is known what runs.</summary>
    [LoggerMessage(207, LogLevel.Warning, "{Deployment}: a rollout is under way ({Detail}); replica counts are held")]
    public static partial void RolloutHold(this ILogger logger, string deployment, string detail);

    /// <summary>A transition takes longer than it should; readiness counts as a trigger again.</summary>
    [LoggerMessage(208, LogLevel.Warning, "{Deployment}: a transition has not ended after {Duration}: {Detail}")]
    public static partial void ConvergenceTimedOut(this ILogger logger, string deployment, TimeSpan duration, string detail);

    /// <summary>More replicas run than were ever asked for: someone else scales too. They are charged.</summary>
    [LoggerMessage(209, LogLevel.Warning, "{Deployment}: {Running} replicas of {Role} run, {Commanded} were asked for; the others are charged")]
    public static partial void ForeignReplicas(this ILogger logger, string deployment, string role, int running, int commanded);

    /// <summary>The fleet has another number of GPUs per replica than the options: watts would be charged wrongly.</summary>
    [LoggerMessage(210, LogLevel.Warning, "{Deployment}: a replica of {Role} has {ReportedGpus} GPUs, planned with {PlannedGpus}; the larger is charged")]
    public static partial void GpusPerReplicaDisagree(this ILogger logger, string deployment, string role, int reportedGpus, int plannedGpus);

    /// <summary>The fleet's state could not be read; what was known last is charged.</summary>
    [LoggerMessage(211, LogLevel.Warning, "{Deployment}: the fleet's state could not be read; nothing rises until it can")]
    public static partial void FleetReadFailed(this ILogger logger, string deployment, Exception exception);

    /// <summary>The fleet's state can be read again.</summary>
    [LoggerMessage(212, LogLevel.Information, "{Deployment}: the fleet's state can be read again after {Duration}")]
    public static partial void FleetReadRecovered(this ILogger logger, string deployment, TimeSpan duration);
}
