namespace PowerPlanner.Performance.Profiled;

/// <summary>A measured prefill step of one sequence.</summary>
public sealed record ProfiledPrefillPoint
{
    /// <summary>Creates the point.</summary>
    /// <param name="isl">Input length, tokens; at least 1.</param>
    /// <param name="ttftMs">Latency of the step, ms; greater than 0, at most 1e9.</param>
    /// <param name="powerWatts">Mean draw of one GPU, W; null or 0 = unknown.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN or infinite.</exception>
    public ProfiledPrefillPoint(int isl, double ttftMs, double? powerWatts = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(isl, 1);
        Guard.FinitePositive(ttftMs);
        Guard.Within(ttftMs, 0, ProfileCsv.MaximumLatencyMs);
        if (powerWatts is { } watts)
        {
            Guard.FiniteNonNegative(watts, nameof(powerWatts));
        }

        Isl = isl;
        TtftMs = ttftMs;
        PowerWatts = powerWatts is > 0 ? powerWatts : null;
    }

    /// <summary>Input length, tokens.</summary>
    public int Isl { get; }

    /// <summary>Latency of the step, ms.</summary>
    public double TtftMs { get; }

    /// <summary>Mean draw of one GPU, W; null where unknown.</summary>
    public double? PowerWatts { get; }
}
