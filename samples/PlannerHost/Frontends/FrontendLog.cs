using PowerPlanner.Admission;

namespace PlannerHost.Frontends;

/// <summary>What the frontend adapter tells; failed commands are the controller's to tell.</summary>
internal static partial class FrontendLog
{
    [LoggerMessage(EventId = 5101, Level = LogLevel.Warning, Message = "The list of frontends cannot be read; the last one holds.")]
    public static partial void DirectoryFailed(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 5102, Level = LogLevel.Warning, Message = "Its thresholds are unknown: {Why}.")]
    public static partial void Silent(ILogger logger, string why);

    [LoggerMessage(EventId = 5103, Level = LogLevel.Information, Message = "Frontend '{Frontend}' answers again.")]
    public static partial void Answers(ILogger logger, string frontend);

    [LoggerMessage(EventId = 5104, Level = LogLevel.Warning, Message = "Frontend '{Frontend}' accepted thresholds and lists {Thresholds}; does it run with admission control?")]
    public static partial void NotInForce(ILogger logger, string frontend, AdmissionThresholds? thresholds);

    [LoggerMessage(EventId = 5105, Level = LogLevel.Error, Message = "Thresholds were not set: {Why}.")]
    public static partial void WriteFailedLate(ILogger logger, string why);
}
