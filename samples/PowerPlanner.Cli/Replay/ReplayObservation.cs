using PowerPlanner.Control;
using PowerPlanner.Hosting.Json;
using PowerPlanner.Planning;

namespace PowerPlanner.Cli.Replay;

/// <summary>
/// Reads the observation of an event. A field of the wrong type is bad input; a number that no fleet can have is the business of the
/// controller, which refuses and counts it, so it passes.
/// </summary>
internal static class ReplayObservation
{
    public static Observation Read(StrictJsonObject fields, DeploymentMode mode)
    {
        var prefillTokens = fields.OptionalNumber("scheduledPrefillTokens");
        var decodeTokens = fields.OptionalNumber("scheduledDecodeKvTokens");
        var prefill = new RoleObservation
        {
            PowerWattsPerGpu = fields.OptionalNumber("powerPrefillW"),
            ScheduledTokens = prefillTokens,
            ReadyReplicas = Whole(fields.OptionalNumber("readyPrefill")),
            EffectiveCapWatts = Whole(fields.OptionalNumber("effectivePrefillCapWatts")),
            MaxBatchedTokens = WholeLong(fields.OptionalNumber("minPrefillMaxNumBatchedTokens")),
        };
        var decode = new RoleObservation
        {
            PowerWattsPerGpu = fields.OptionalNumber("powerDecodeW"),
            ScheduledTokens = decodeTokens,
            ReadyReplicas = Whole(fields.OptionalNumber("readyDecode")),
            EffectiveCapWatts = Whole(fields.OptionalNumber("effectiveDecodeCapWatts")),
        };
        var enginePower = fields.OptionalNumber("powerAggW");
        var isAggregated = mode == DeploymentMode.Aggregated;
        var observation = new Observation
        {
            Duration = Time(fields.OptionalNumber("durationSeconds")),
            Age = Time(fields.OptionalNumber("ageSeconds")),
            Requests = fields.OptionalNumber("numRequests"),
            Isl = fields.OptionalNumber("isl"),
            Osl = fields.OptionalNumber("osl"),
            TtftMs = fields.OptionalNumber("ttftMs"),
            ItlMs = fields.OptionalNumber("itlMs"),
            QueueingMs = fields.OptionalNumber("queueingMs"),
            TokensPerSecond = fields.OptionalNumber("totalTokensPerSecond"),
            TotalWatts = fields.OptionalNumber("totalWatts"),
            Prefill = isAggregated ? null : prefill,
            Decode = isAggregated ? null : decode,
            Aggregated = isAggregated
                ? decode with { PowerWattsPerGpu = enginePower, ScheduledTokens = Sum(prefillTokens, decodeTokens), MaxBatchedTokens = prefill.MaxBatchedTokens }
                : null,
        };
        fields.Close();
        return observation;
    }

    // Impossible work of one phase must not vanish in the sum.
    private static double? Sum(double? prefill, double? decode) => prefill < 0 ? prefill : decode < 0 ? decode : prefill + decode ?? prefill ?? decode;

    // No integer at all, half a replica or 10³⁰⁰ of them, is as impossible as a negative one.
    private static int? Whole(double? value) => value is not { } number ? null : number == Math.Truncate(number) && Math.Abs(number) <= int.MaxValue ? (int)number : -1;

    private static long? WholeLong(double? value) => value is not { } number ? null : number == Math.Truncate(number) && Math.Abs(number) <= 1L << 53 ? (long)number : -1;

    // Longer than any window or age that is allowed, and short enough to be added to an instant.
    private static TimeSpan? Time(double? seconds) => seconds is { } given ? TimeSpan.FromSeconds(Math.Clamp(given, -1e11, 1e11)) : null;
}
