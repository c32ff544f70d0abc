namespace PowerPlanner.Feedback;

/// <summary>
/// When a failed sweep may be tried again: 1, 2, 4, 8 … ticks later, at most the larger of 8 ticks and the least time between sweeps. Immutable;
/// <c>default</c> has seen no failure.
/// </summary>
/// <param name="Failures">Failures in a row.</param>
/// <param name="RetryAt">From when on a sweep may be tried; null = at once.</param>
internal readonly record struct FailureBackoff(int Failures, TimeSpan? RetryAt)
{
    private const int MostDoublings = 3;

    /// <summary>Whether a sweep may be tried.</summary>
    public bool Allows(TimeSpan now) => RetryAt is not { } retryAt || now >= retryAt;

    /// <summary>After one more failure.</summary>
    /// <param name="now">When it failed.</param>
    /// <param name="tick">How often ticks come.</param>
    /// <param name="interval">Least time between sweeps.</param>
    public FailureBackoff Failed(TimeSpan now, TimeSpan tick, TimeSpan interval)
    {
        var most = Math.Max(1 << MostDoublings, interval / tick);
        var ticks = Math.Min(Math.Pow(2, Failures), most);
        return new FailureBackoff(Math.Min(Failures, int.MaxValue - 1) + 1, Delay.After(now, tick, ticks));
    }
}
