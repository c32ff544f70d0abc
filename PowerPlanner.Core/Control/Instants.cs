namespace PowerPlanner.Control;

/// <summary>Instants of one process's clock on another's.</summary>
internal static class Instants
{
    /// <summary>Moves an instant, and stops at the ends of what a <see cref="TimeSpan"/> can hold.</summary>
    public static TimeSpan Shifted(this TimeSpan instant, TimeSpan shift)
    {
        var ticks = (Int128)instant.Ticks + shift.Ticks;
        return new TimeSpan((long)Int128.Clamp(ticks, TimeSpan.MinValue.Ticks / 4, TimeSpan.MaxValue.Ticks / 4));
    }

    /// <inheritdoc cref="Shifted(TimeSpan, TimeSpan)"/>
    public static TimeSpan? Shifted(this TimeSpan? instant, TimeSpan shift) => instant?.Shifted(shift);
}
