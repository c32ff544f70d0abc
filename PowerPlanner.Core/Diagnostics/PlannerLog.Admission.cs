using Microsoft.Extensions.Logging;

namespace PowerPlanner.Diagnostics;

internal static partial class PlannerLog
{
    /// <summary>Thresholds were written.</summary>
    [LoggerMessage(301, LogLevel.Information, "{Deployment}: thresholds decode {ThetaDecode:0.####}, prefill {ThetaPrefillFraction:0.####} ({PrefillTokens} tokens) at {Frontends} frontends")]
    public static partial void ThresholdsSent(this ILogger logger, string deployment, double? thetaDecode, double? thetaPrefillFraction, long? prefillTokens, int frontends);

    /// <summary>Some frontends did not take the thresholds; they are sent again on every tick.</summary>
    [LoggerMessage(302, LogLevel.Error, "{Deployment}: {Failed} of {Total} frontends did not take the thresholds: {Frontends}")]
    public static partial void AdmissionPartial(this ILogger logger, string deployment, int failed, int total, string frontends);

    /// <summary>No frontend took the thresholds; the old ones stay in force.</summary>
    [LoggerMessage(303, LogLevel.Error, "{Deployment}: none of {Total} frontends took the thresholds: {Frontends}")]
    public static partial void AdmissionFailed(this ILogger logger, string deployment, int total, string frontends);

    /// <summary>Every frontend has the present thresholds again.</summary>
    [LoggerMessage(304, LogLevel.Information, "{Deployment}: all frontends have the thresholds, after {Duration}")]
    public static partial void AdmissionRecovered(this ILogger logger, string deployment, TimeSpan duration);

    /// <summary>Thresholds are due and there is no frontend to send them to.</summary>
    [LoggerMessage(305, LogLevel.Warning, "{Deployment}: there is no frontend to send thresholds to")]
    public static partial void NoFrontends(this ILogger logger, string deployment);

    /// <summary>No worker reports its <c>max_num_batched_tokens</c>: the prefill threshold in tokens cannot be sent, the others are.</summary>
    [LoggerMessage(306, LogLevel.Critical, "{Deployment}: max_num_batched_tokens is unknown; the prefill threshold in tokens is not sent")]
    public static partial void MaxBatchedTokensUnknown(this ILogger logger, string deployment);

    /// <summary>Workers report their <c>max_num_batched_tokens</c> again.</summary>
    [LoggerMessage(307, LogLevel.Information, "{Deployment}: max_num_batched_tokens is known again after {Duration}")]
    public static partial void MaxBatchedTokensKnown(this ILogger logger, string deployment, TimeSpan duration);

    /// <summary>Frontends keep a prefill threshold in tokens of an earlier plan, which their interface cannot clear.</summary>
    [LoggerMessage(308, LogLevel.Warning, "{Deployment}: frontends keep a prefill threshold of {PrefillTokens} tokens from an earlier plan")]
    public static partial void StalePrefillTokens(this ILogger logger, string deployment, long prefillTokens);
}
