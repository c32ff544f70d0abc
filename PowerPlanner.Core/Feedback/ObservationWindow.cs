namespace PowerPlanner.Feedback;

/// <summary>The time over which an observation was averaged. Instants are elapsed times on one monotonic clock, whichever its origin.</summary>
/// <param name="Start">When the window opened.</param>
/// <param name="End">When it closed; after <paramref name="Start"/>.</param>
public readonly record struct ObservationWindow(TimeSpan Start, TimeSpan End)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Length of the window.</summary>
    public TimeSpan Duration => End - Start;

    /// <summary>The window of an observation that is taken now.</summary>
    /// <param name="now">The instant of the tick.</param>
    /// <param name="duration">Length of the window; greater than 0, at most a day.</param>
    /// <param name="age">How long ago the window ended; at least 0.</param>
    /// <param name="maxAge">Freshness bound: an age above it is stale.</param>
    /// <param name="window">The window; default where there is a fault.</param>
    /// <returns>What is wrong with the window, if anything; then every reading in it is absent.</returns>
    public static ReadingFault Create(TimeSpan now, TimeSpan duration, TimeSpan age, TimeSpan maxAge, out ObservationWindow window)
    {
        window = default;
        if (duration < TimeSpan.Zero || age < TimeSpan.Zero)
        {
            return ReadingFault.Negative;
        }

        if (duration == TimeSpan.Zero || duration > Longest)
        {
            return ReadingFault.Absurd;
        }

        if (age > maxAge)
        {
            return ReadingFault.Stale;
        }

        var end = now - age;
        window = new ObservationWindow(end - duration, end);
        return ReadingFault.None;
    }

    /// <summary>
    /// Whether a change falls inside the window, so that its averages mix two states. A change at either end does not: what was averaged lies
    /// wholly on one side of it.
    /// </summary>
    /// <param name="changedAt">When the change was confirmed.</param>
    public bool Straddles(TimeSpan changedAt) => Start < changedAt && changedAt < End;
}
