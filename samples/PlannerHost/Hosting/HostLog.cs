using PowerPlanner.Admission;
using PowerPlanner.Control;

namespace PlannerHost.Hosting;

/// <summary>What the host itself tells.</summary>
internal static partial class HostLog
{
    [LoggerMessage(EventId = 5201, Level = LogLevel.Information, Message = "{Deployment}: restored from '{File}', taken {Taken:O}.")]
    public static partial void Restored(ILogger logger, string deployment, string file, DateTimeOffset taken);

    [LoggerMessage(EventId = 5202, Level = LogLevel.Information, Message = "{Deployment}: no snapshot at '{File}'; a cold start.")]
    public static partial void NoSnapshot(ILogger logger, string deployment, string file);

    [LoggerMessage(EventId = 5203, Level = LogLevel.Error, Message = "{Deployment}: the snapshot cannot be used: {Why} It lies at '{File}' now; a cold start.")]
    public static partial void Damaged(ILogger logger, string deployment, string why, string file);

    [LoggerMessage(EventId = 5204, Level = LogLevel.Error, Message = "Snapshots cannot be written; the last ones stay. A restart would resume from those.")]
    public static partial void NotSaved(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 5205, Level = LogLevel.Information, Message = "{Deployment}: stopped as {State}. Nothing is undone: prefill {PrefillReplicas} replicas at {PrefillCapWatts} W a GPU, "
        + "decode {DecodeReplicas} at {DecodeCapWatts} W, thresholds {Thresholds}, {LedgerWatts} W charged in all.")]
    public static partial void LeftBehind(ILogger logger, string deployment, int prefillReplicas, int prefillCapWatts, int decodeReplicas, int decodeCapWatts, AdmissionThresholds? thresholds, long ledgerWatts, ControllerState state);

    [LoggerMessage(EventId = 5206, Level = LogLevel.Critical, Message = "The host does not start: {Why}")]
    public static partial void NotStarted(ILogger logger, string why);
}
