using Microsoft.Extensions.Logging;

namespace PowerPlanner.Diagnostics;

internal static partial class PlannerLog
{
    /// <summary>A sweep ended with a plan.</summary>
    [LoggerMessage(101, LogLevel.Information, "{Deployment}: sweep finished in {ElapsedMs:0.###} ms: {PrefillReplicas} prefill at {PrefillCapWatts} W, {DecodeReplicas} decode at {DecodeCapWatts} W, batch {DecodeBatch}: {RequestsPerSecond:0.###} requests/s for {TotalWatts} W")]
    public static partial void SweepFinished(this ILogger logger, string deployment, double elapsedMs, int prefillReplicas, int prefillCapWatts, int decodeReplicas, int decodeCapWatts, int decodeBatch, double requestsPerSecond, long totalWatts);

    /// <summary>Triggers were seen on enough ticks in a row: a sweep follows as soon as the rate limit allows.</summary>
    [LoggerMessage(102, LogLevel.Information, "{Deployment}: drift for {Ticks} ticks: {Signals}")]
    public static partial void DriftDetected(this ILogger logger, string deployment, int ticks, string signals);

    /// <summary>A sweep found no better plan than the one that is applied.</summary>
    [LoggerMessage(103, LogLevel.Debug, "{Deployment}: no better plan; the next sweep for this cause is at least {Backoff} away")]
    public static partial void NoBetterPlan(this ILogger logger, string deployment, TimeSpan backoff);

    /// <summary>A side's power is not predicted, or not to be trusted; its nameplate is charged.</summary>
    [LoggerMessage(104, LogLevel.Warning, "{Deployment}: power of {Side} is not predicted; TDP, {TdpWatts} W, is charged")]
    public static partial void TdpFallback(this ILogger logger, string deployment, string side, double tdpWatts);

    /// <summary>Neither a prediction nor a nameplate is known; the configured cap is used.</summary>
    [LoggerMessage(105, LogLevel.Warning, "{Deployment}: neither power nor TDP of {Side} is known; the configured cap, {CapWatts} W, is used")]
    public static partial void TdpUnknown(this ILogger logger, string deployment, string side, int capWatts);

    /// <summary>A predicted power is above 1.1 · TDP, which no board draws; the nameplate is charged.</summary>
    [LoggerMessage(106, LogLevel.Warning, "{Deployment}: predicted power of {Side}, {PowerWatts:0.#} W, is above 1.1 · TDP; TDP, {TdpWatts} W, is charged")]
    public static partial void NonPhysicalPower(this ILogger logger, string deployment, string side, double powerWatts, double tdpWatts);

    /// <summary>The hardware's range moved a planned cap.</summary>
    [LoggerMessage(107, LogLevel.Warning, "{Deployment}: cap of {Side}, {WantedWatts} W, is outside the hardware's range; {CapWatts} W is applied")]
    public static partial void CapOutsideRange(this ILogger logger, string deployment, string side, int wantedWatts, int capWatts);

    /// <summary>The budget does not seat the minima, or no plan fits GPUs, KV cache or demand.</summary>
    [LoggerMessage(108, LogLevel.Warning, "{Deployment}: no plan fits ({Reason}): {Detail}")]
    public static partial void BudgetInfeasible(this ILogger logger, string deployment, string reason, string detail);

    /// <summary>No plan meets the latency targets; the one that violates them least is taken.</summary>
    [LoggerMessage(109, LogLevel.Warning, "{Deployment}: no plan meets the targets; the least violating one has TTFT {TtftMs:0.#} ms and ITL {ItlMs:0.##} ms")]
    public static partial void BestEffort(this ILogger logger, string deployment, double ttftMs, double itlMs);

    /// <summary>A new plan serves less than the last one by more than the threshold. It is applied all the same.</summary>
    [LoggerMessage(110, LogLevel.Warning, "{Deployment}: planned throughput falls from {OldRequestsPerSecond:0.###} to {NewRequestsPerSecond:0.###} requests/s")]
    public static partial void ThroughputRegression(this ILogger logger, string deployment, double oldRequestsPerSecond, double newRequestsPerSecond);

    /// <summary>A sweep failed: the model threw, gave nothing or took too long. The last plan holds.</summary>
    [LoggerMessage(111, LogLevel.Error, "{Deployment}: sweep failed, {Failures} in a row of at most {MaxFailures}: {Detail}")]
    public static partial void SweepFailed(this ILogger logger, string deployment, int failures, int maxFailures, string detail, Exception? exception);

    /// <summary>A new problem, as after a change of the performance model, takes effect.</summary>
    [LoggerMessage(112, LogLevel.Information, "{Deployment}: a new problem takes effect")]
    public static partial void ProblemReplaced(this ILogger logger, string deployment);
}
