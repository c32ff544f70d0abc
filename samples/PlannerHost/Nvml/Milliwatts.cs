using PowerPlanner.Power;

namespace PlannerHost.Nvml;

/// <summary>
/// Between NVML's milliwatts and the planner's watts. Rounding never hides power: a limit that was read rounds up, so a GPU is charged at least
/// what it may draw, and a range rounds inwards, so every whole watt in it is accepted. Draw keeps its fraction.
/// </summary>
internal static class Milliwatts
{
    private const uint PerWatt = 1000;

    /// <summary>A cap as NVML takes it; exact.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1 W, or above what 32 bits of milliwatts hold (4,294,967 W).</exception>
    public static uint FromCap(int capWatts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capWatts, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)capWatts, uint.MaxValue / PerWatt);
        return (uint)capWatts * PerWatt;
    }

    /// <summary>A limit that was read, W, rounded up.</summary>
    public static int ToCap(uint milliwatts) => (int)((milliwatts + (ulong)PerWatt - 1) / PerWatt);

    /// <summary>A draw, W.</summary>
    public static double ToDraw(uint milliwatts) => milliwatts / (double)PerWatt;

    /// <summary>
    /// The whole watts that a GPU accepts. A range that holds no whole watt, such as that of a GPU whose limit is fixed at 74.5 W, becomes the one
    /// value that covers it: 75 W.
    /// </summary>
    /// <returns>Null where the driver reports no range: 0, or the ends reversed.</returns>
    public static GpuPowerLimits? ToLimits(uint minMilliwatts, uint maxMilliwatts)
    {
        if (maxMilliwatts == 0 || minMilliwatts > maxMilliwatts)
        {
            return null;
        }

        var min = Math.Max(1, ToCap(minMilliwatts));
        return new GpuPowerLimits(min, Math.Max(min, (int)(maxMilliwatts / PerWatt)));
    }
}
