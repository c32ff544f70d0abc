using System.Globalization;

namespace PowerPlanner.Power;

/// <summary>
/// The range of power caps that a GPU's driver accepts, W, both ends included: about 200 to 700 W for an H200 SXM. A cap outside it is
/// moved to its nearer end by the hardware, and the planner charges what the hardware does.
/// </summary>
public sealed record GpuPowerLimits
{
    /// <summary>Creates a range.</summary>
    /// <param name="minWatts">Lowest cap, W; at least 1.</param>
    /// <param name="maxWatts">Highest cap, W; at least <paramref name="minWatts"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound below 1, or the maximum below the minimum.</exception>
    public GpuPowerLimits(int minWatts, int maxWatts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minWatts, 1);
        if (maxWatts < minWatts)
        {
            throw new ArgumentOutOfRangeException(nameof(maxWatts), maxWatts, string.Create(CultureInfo.InvariantCulture, $"The highest cap is {maxWatts} W; it must be at least the lowest cap, {minWatts} W."));
        }

        MinWatts = minWatts;
        MaxWatts = maxWatts;
    }

    /// <summary>Lowest cap that the hardware accepts, W.</summary>
    public int MinWatts { get; }

    /// <summary>Highest cap that the hardware accepts, W.</summary>
    public int MaxWatts { get; }

    /// <summary>The cap that the hardware applies when it is asked for <paramref name="capWatts"/>.</summary>
    public int Clamp(int capWatts) => Math.Clamp(capWatts, MinWatts, MaxWatts);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{MinWatts} W to {MaxWatts} W");
}
