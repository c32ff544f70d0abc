namespace PowerPlanner.Feedback;

/// <summary>Instants in the future that saturate instead of overflowing: an interval of "practically never" is a valid option.</summary>
internal static class Delay
{
    /// <summary><paramref name="now"/> plus <paramref name="times"/> periods, at most <see cref="TimeSpan.MaxValue"/>.</summary>
    public static TimeSpan After(TimeSpan now, TimeSpan period, double times)
    {
        var ticks = period.Ticks * times;

        // 2^63 is where a double stops being a TimeSpan; a sum of two longs below it may still pass it.
        return ticks < long.MaxValue - (double)Math.Max(0, now.Ticks) ? now + TimeSpan.FromTicks((long)ticks) : TimeSpan.MaxValue;
    }
}
