namespace PowerPlanner.Feedback;

/// <summary>
/// Comparisons with derived thresholds. Products such as est · 1.15 carry rounding in their last bits, so strict comparisons favour equality by
/// a relative 1e-9: a load of 115,000 is not above 100,000 · (1 + 0.15).
/// </summary>
internal static class Threshold
{
    private const double RelativeTolerance = 1e-9;

    /// <summary><paramref name="value"/> &gt; <paramref name="threshold"/>, and not by rounding alone. False for NaN. The threshold is at least 0.</summary>
    public static bool IsAbove(double value, double threshold) => value > threshold * (1 + RelativeTolerance);

    /// <summary><paramref name="value"/> ≥ <paramref name="threshold"/>, or below it by rounding alone. False for NaN. The threshold is at least 0.</summary>
    public static bool IsAtLeast(double value, double threshold) => value >= threshold * (1 - RelativeTolerance);
}
