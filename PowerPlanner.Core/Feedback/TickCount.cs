namespace PowerPlanner.Feedback;

/// <summary>
/// A count of ticks in a row that show a violation. Ticks without data neither count nor end the row, unless there are too many of them.
/// <c>default</c> is 0.
/// </summary>
/// <param name="Ticks">Ticks with a violation.</param>
/// <param name="SilentTicks">Ticks without data since the last of them.</param>
public readonly record struct TickCount(int Ticks, int SilentTicks)
{
    /// <summary>Longest gap in the data that a count survives, ticks. Longer ago is no longer "in a row" in any useful sense.</summary>
    public const int LongestGapTicks = 10;

    // A count only has to reach its threshold; a deployment that violates for ever must not overflow it.
    internal TickCount Violated() => new(Math.Min(Ticks, int.MaxValue - 1) + 1, 0);

    internal TickCount Silent() => Ticks > 0 && SilentTicks < LongestGapTicks ? this with { SilentTicks = SilentTicks + 1 } : default;
}
