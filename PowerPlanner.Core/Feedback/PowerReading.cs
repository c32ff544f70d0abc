using PowerPlanner.Power;

namespace PowerPlanner.Feedback;

/// <summary>
/// Tells demand from a draw that its own cap holds down. Without this a power coefficient never rises: the hardware keeps every reading below
/// the very cap that the reading should correct.
/// </summary>
public static class PowerReading
{
    /// <summary>
    /// Places a draw relative to its cap. Both ends of the band belong to it, and so does what lies above it by no more than the meter errs: a
    /// meter that reads 2.5 % high is no proof that a cap does not hold.
    /// </summary>
    /// <param name="wattsPerGpu">Mean draw of one GPU, W; null = absent.</param>
    /// <param name="capWatts">Cap in force during the window, W; null = unknown.</param>
    /// <param name="band">Half-width of the band, a share of the cap; 0 = off.</param>
    /// <param name="accuracy">How far the meter may be from the truth, a share of the reading; at least 0. Widens the band upwards.</param>
    public static PowerReadingKind Classify(double? wattsPerGpu, int? capWatts, double band, double accuracy)
    {
        if (wattsPerGpu is not { } watts || !double.IsFinite(watts) || watts < 0)
        {
            return PowerReadingKind.None;
        }

        if (band == 0 || capWatts is not { } cap)
        {
            return PowerReadingKind.Demand;
        }

        return Threshold.IsAbove(watts, cap * (1 + Math.Max(band, accuracy))) ? PowerReadingKind.CapNotEnforced
            : Threshold.IsAtLeast(watts, cap * (1 - band)) ? PowerReadingKind.PowerLimited
            : PowerReadingKind.Demand;
    }

    /// <summary>
    /// Whether the flag "cap not enforced" stands after a reading. It outlasts windows without a reading: silence does not prove that a cap
    /// holds.
    /// </summary>
    /// <param name="stood">Whether it stood before.</param>
    /// <param name="kind">The reading.</param>
    public static bool IsUnenforced(bool stood, PowerReadingKind kind) =>
        kind == PowerReadingKind.CapNotEnforced || (stood && kind == PowerReadingKind.None);

    /// <summary>
    /// What budgets charge a GPU whose cap does not hold, W: its draw where that is above the cap, its nameplate power where nothing is known
    /// of the draw.
    /// </summary>
    /// <param name="capWatts">The cap that should hold, W.</param>
    /// <param name="wattsPerGpu">Measured draw, W; null = absent.</param>
    /// <param name="nameplateWatts">Nameplate power (TDP), W; null = unknown.</param>
    public static int ChargedWatts(int capWatts, double? wattsPerGpu, double? nameplateWatts) =>
        (wattsPerGpu ?? nameplateWatts) is > 0 and var watts ? Math.Max(capWatts, CapBridge.CeilingWatts(watts)) : capWatts;
}
