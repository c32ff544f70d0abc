using Microsoft.Extensions.Logging;

namespace PowerPlanner.Diagnostics;

internal static partial class PlannerLog
{
    /// <summary>A value of an observation is impossible and counts as absent.</summary>
    [LoggerMessage(401, LogLevel.Warning, "{Deployment}: {Signal} = {Value} is refused ({Cause}); it counts as absent")]
    public static partial void ObservationRefused(this ILogger logger, string deployment, string signal, double value, string cause);

    /// <summary>Observations are older than the freshness bound and teach nothing.</summary>
    [LoggerMessage(402, LogLevel.Warning, "{Deployment}: observations are stale: {Age} old, allowed {MaxAge}")]
    public static partial void ObservationsStale(this ILogger logger, string deployment, TimeSpan age, TimeSpan maxAge);

    /// <summary>Observations are fresh again.</summary>
    [LoggerMessage(403, LogLevel.Information, "{Deployment}: observations are fresh again after {Duration}")]
    public static partial void ObservationsFresh(this ILogger logger, string deployment, TimeSpan duration);

    /// <summary>The metrics source threw; the tick goes on without an observation.</summary>
    [LoggerMessage(404, LogLevel.Warning, "{Deployment}: the metrics source failed; the loop goes on without observations")]
    public static partial void MetricsSourceFailed(this ILogger logger, string deployment, Exception exception);

    /// <summary>The metrics source answers again.</summary>
    [LoggerMessage(405, LogLevel.Information, "{Deployment}: the metrics source answers again after {Duration}")]
    public static partial void MetricsSourceRecovered(this ILogger logger, string deployment, TimeSpan duration);

    /// <summary>A coefficient reached a bound of its range: the model is wrong by more than corrections can carry.</summary>
    [LoggerMessage(406, LogLevel.Critical, "{Deployment}: coefficient {Coefficient} is at its bound {Value}: the performance model does not describe this fleet")]
    public static partial void CoefficientPegged(this ILogger logger, string deployment, string coefficient, double value);

    /// <summary>A latency coefficient reached a bound under load (utilization 0.3 or more), where queueing alone can do that.</summary>
    [LoggerMessage(407, LogLevel.Warning, "{Deployment}: coefficient {Coefficient} is at its bound {Value} at utilization {Utilization:0.##}: queueing, or the performance model")]
    public static partial void CoefficientPeggedUnderLoad(this ILogger logger, string deployment, string coefficient, double value, double utilization);

    /// <summary>A coefficient has left its bound.</summary>
    [LoggerMessage(408, LogLevel.Information, "{Deployment}: coefficient {Coefficient} is off its bound again, {Value:0.###}, after {Duration}")]
    public static partial void CoefficientRecovered(this ILogger logger, string deployment, string coefficient, double value, TimeSpan duration);

    /// <summary>GPUs draw more than their cap: it is not enforced, and what they draw is charged.</summary>
    [LoggerMessage(409, LogLevel.Error, "{Deployment}: GPUs of {Component} draw {PowerWatts:0.#} W, above their cap of {CapWatts} W: it is not enforced")]
    public static partial void CapNotEnforced(this ILogger logger, string deployment, string component, double powerWatts, int capWatts);

    /// <summary>GPUs keep to their cap again.</summary>
    [LoggerMessage(410, LogLevel.Information, "{Deployment}: GPUs of {Component} keep to their cap again after {Duration}")]
    public static partial void CapEnforced(this ILogger logger, string deployment, string component, TimeSpan duration);

    /// <summary>GPUs draw what their cap allows: more demand would not show.</summary>
    [LoggerMessage(411, LogLevel.Information, "{Deployment}: {Component} is power-limited: {PowerWatts:0.#} W at a cap of {CapWatts} W")]
    public static partial void PowerLimited(this ILogger logger, string deployment, string component, double powerWatts, int capWatts);

    /// <summary>GPUs draw less than their cap allows again.</summary>
    [LoggerMessage(412, LogLevel.Information, "{Deployment}: {Component} is no longer power-limited after {Duration}")]
    public static partial void PowerLimitedEnded(this ILogger logger, string deployment, string component, TimeSpan duration);

    /// <summary>A cap is raised to learn whether it hides demand.</summary>
    [LoggerMessage(413, LogLevel.Information, "{Deployment}: probing {Component}: cap {OldCapWatts} → {NewCapWatts} W")]
    public static partial void ProbeRaised(this ILogger logger, string deployment, string component, int oldCapWatts, int newCapWatts);

    /// <summary>Draw followed a raised cap: it stays.</summary>
    [LoggerMessage(414, LogLevel.Information, "{Deployment}: draw of {Component} followed the probe: the cap of {CapWatts} W stays")]
    public static partial void ProbeKept(this ILogger logger, string deployment, string component, int capWatts);

    /// <summary>Draw did not follow a raised cap: it goes back.</summary>
    [LoggerMessage(415, LogLevel.Information, "{Deployment}: draw of {Component} did not follow the probe: the cap goes back to {CapWatts} W, next probe in {Ticks} ticks at the earliest")]
    public static partial void ProbeUndone(this ILogger logger, string deployment, string component, int capWatts, int ticks);

    /// <summary>The metrics source answers, but without anything to learn from or to judge by.</summary>
    [LoggerMessage(417, LogLevel.Warning, "{Deployment}: there is nothing to observe; the loop goes on with what it knows")]
    public static partial void ObservationsAbsent(this ILogger logger, string deployment);

    /// <summary>There is something to observe again.</summary>
    [LoggerMessage(418, LogLevel.Information, "{Deployment}: there is something to observe again after {Duration}")]
    public static partial void ObservationsPresent(this ILogger logger, string deployment, TimeSpan duration);

    /// <summary>A measured power fed a coefficient.</summary>
    [LoggerMessage(416, LogLevel.Debug, "{Deployment}: measured power of {Component}, {PowerWatts:0.#} W, moves its coefficient to {Coefficient:0.###}")]
    public static partial void MeasuredPowerUsed(this ILogger logger, string deployment, string component, double powerWatts, double coefficient);
}
