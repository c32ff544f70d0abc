namespace PowerPlanner.Performance.Profiled;

/// <summary>A measured decode step.</summary>
public sealed record ProfiledDecodePoint
{
    /// <summary>Creates the point.</summary>
    /// <param name="batch">Sequences per attention rank; at least 1.</param>
    /// <param name="contextTokens">Context length of each sequence, tokens; at least 1.</param>
    /// <param name="itlMs">Latency of the step, ms; greater than 0, at most 1e9.</param>
    /// <param name="powerWatts">Mean draw of one GPU, W; null or 0 = unknown.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN or infinite.</exception>
    public ProfiledDecodePoint(int batch, long contextTokens, double itlMs, double? powerWatts = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(contextTokens, 1);
        Guard.FinitePositive(itlMs);
        Guard.Within(itlMs, 0, ProfileCsv.MaximumLatencyMs);
        if (powerWatts is { } watts)
        {
            Guard.FiniteNonNegative(watts, nameof(powerWatts));
        }

        Batch = batch;
        ContextTokens = contextTokens;
        ItlMs = itlMs;
        PowerWatts = powerWatts is > 0 ? powerWatts : null;
    }

    /// <summary>Sequences per attention rank.</summary>
    public int Batch { get; }

    /// <summary>Context length of each sequence, tokens.</summary>
    public long ContextTokens { get; }

    /// <summary>Latency of the step, ms.</summary>
    public double ItlMs { get; }

    /// <summary>Mean draw of one GPU, W; null where unknown.</summary>
    public double? PowerWatts { get; }
}
