namespace PlannerHost.Prometheus;

/// <summary>What the metrics source tells: each trouble once when it begins and once when it ends.</summary>
internal static partial class PrometheusLog
{
    [LoggerMessage(EventId = 5001, Level = LogLevel.Information, Message = "{Deployment}: GPU series name their pods by {Labels} labels.")]
    public static partial void LabelsFound(ILogger logger, string deployment, LabelScheme labels);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Warning, Message = "{Deployment}: {What} is not known: {Why}.")]
    public static partial void TroubleBegan(ILogger logger, string deployment, string what, string why);

    [LoggerMessage(EventId = 5003, Level = LogLevel.Information, Message = "{Deployment}: {What} is known again.")]
    public static partial void TroubleEnded(ILogger logger, string deployment, string what);
}
