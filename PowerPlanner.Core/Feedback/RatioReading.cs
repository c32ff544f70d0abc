namespace PowerPlanner.Feedback;

/// <summary>The ratio that one window gave, and what it means. <c>default</c> is absent.</summary>
/// <param name="Ratio">Observed over modelled; at least 0, finite.</param>
/// <param name="Kind">What it says about the coefficient.</param>
public readonly record struct RatioReading(double Ratio, RatioKind Kind)
{
    // Far beyond what any step follows, and a number that JSON can carry where a quotient overflows.
    private const double Largest = 1e6;

    internal static RatioReading Create(double ratio, RatioKind kind) => new(Math.Min(ratio, Largest), kind);

    /// <summary>The value that it asks for where the coefficient is <paramref name="coefficient"/>: a bound that is kept asks for no other.</summary>
    internal double Against(double coefficient) => Kind switch
    {
        RatioKind.Exact => Ratio,
        RatioKind.AtLeast => Threshold.IsAbove(Ratio, coefficient) ? Ratio : coefficient,
        RatioKind.AtMost => Threshold.IsAbove(coefficient, Ratio) ? Ratio : coefficient,
        _ => coefficient,
    };

    /// <summary>The same observation over another denominator. One that no number can express any more is forgotten.</summary>
    internal RatioReading Rebase(double factor) => factor > 0 && double.IsFinite(factor) ? Create(Ratio * factor, Kind) : default;
}
