namespace PowerPlanner.Feedback;

/// <summary>
/// The one rule for every measured number: what is not finite, negative or absurd is absent (null), which is never zero. Pure functions; the
/// fault is returned so that a caller can count it and log it once per cause and signal.
/// </summary>
public static class ReadingGuard
{
    /// <summary>A board cannot draw more than this multiple of its nameplate power (TDP), not even for an instant that a window would show.</summary>
    public const double AbsurdNameplateFactor = 2;

    /// <summary>Longest believable latency, ms: an hour.</summary>
    public const double AbsurdLatencyMs = 3_600_000;

    /// <summary>Most believable number of tokens, or requests.</summary>
    public const double AbsurdCount = 1e12;

    /// <summary>A draw. Zero is a reading: an idle board whose source rounds, or one that is off.</summary>
    /// <param name="watts">Measured draw, W.</param>
    /// <param name="nameplateWatts">Nameplate power of what was measured, W: of one GPU, or of all where the draw is a sum. Null = unknown, then nothing finite is absurd.</param>
    /// <param name="fault">Why the answer is null although a value was given.</param>
    public static double? Watts(double? watts, double? nameplateWatts, out ReadingFault fault) =>
        UpTo(watts, AbsurdNameplateFactor * nameplateWatts ?? double.MaxValue, out fault);

    /// <summary>A mean latency. Zero is what sources answer when nothing was served, so it is absent, without a fault; every positive value is allowed.</summary>
    /// <param name="latencyMs">Measured latency, ms.</param>
    /// <param name="fault">Why the answer is null although a value was given.</param>
    public static double? LatencyMs(double? latencyMs, out ReadingFault fault) =>
        UpTo(latencyMs, AbsurdLatencyMs, out fault) is > 0 and var valid ? valid : null;

    /// <summary>A number of tokens, tokens per second, or requests. Zero is a reading.</summary>
    /// <param name="count">Measured count or rate.</param>
    /// <param name="fault">Why the answer is null although a value was given.</param>
    public static double? Count(double? count, out ReadingFault fault) => UpTo(count, AbsurdCount, out fault);

    /// <summary>
    /// What of a TTFT is the model's business: measured minus queueing where that is known. Null where nothing positive is left; the two then
    /// come from different requests.
    /// </summary>
    /// <param name="ttftMs">Measured time to first token, ms; valid or absent.</param>
    /// <param name="queueingMs">Waiting contained in it, ms; valid or absent.</param>
    public static double? WithoutQueueingMs(double? ttftMs, double? queueingMs) =>
        queueingMs is not { } queueing ? ttftMs : ttftMs - queueing is > 0 and var served ? served : null;

    private static double? UpTo(double? value, double most, out ReadingFault fault)
    {
        fault = value switch
        {
            null => ReadingFault.None,
            { } v when !double.IsFinite(v) => ReadingFault.NotFinite,
            < 0 => ReadingFault.Negative,
            { } v when Threshold.IsAbove(v, most) => ReadingFault.Absurd,
            _ => ReadingFault.None,
        };
        return fault == ReadingFault.None ? value : null;
    }
}
