using PowerPlanner.Performance;

namespace PowerPlanner.Feedback;

/// <summary>One coefficient and what is remembered of it.</summary>
/// <param name="Value">Observed over modelled, in [0.5, 2].</param>
/// <param name="HasLearned">Whether a reading has moved it since its last base, so that it belongs to that base and has to be carried over to the next.</param>
/// <param name="PeggedSince">Since when it has been held at a bound; null = it is not.</param>
public readonly record struct CoefficientState(double Value, bool HasLearned, TimeSpan? PeggedSince)
{
    /// <summary>Whether the coefficient is held at a bound: the model is further off than a coefficient may say.</summary>
    public bool IsPegged => PeggedSince.HasValue;

    /// <summary>A coefficient that no reading has moved yet.</summary>
    /// <param name="initial">Its first value; in [0.5, 2].</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, or NaN.</exception>
    public static CoefficientState Start(double initial)
    {
        Guard.Within(initial, Corrections.Minimum, Corrections.Maximum);
        return new CoefficientState(initial, HasLearned: false, PeggedSince: null);
    }

    // c ← clamp(0.3 · ratio + 0.7 · c, 0.5, 2). The ratio is positive; an overflow to ∞ is a peg like any other.
    internal CoefficientState Feed(double ratio, TimeSpan now)
    {
        var free = (FeedbackOptions.Smoothing * ratio) + ((1 - FeedbackOptions.Smoothing) * Value);
        var value = Clamp(free);

        // A value that rests exactly on its bound, no longer pushed beyond it, has not recovered: an alarm must not flicker there.
        TimeSpan? since = free != value || (IsPegged && !IsInside(value)) ? PeggedSince ?? now : null;
        return new CoefficientState(value, HasLearned: true, since);
    }

    /// <summary>
    /// Carries the coefficient to a new base: <c>c ← c · old / new</c>, clamped, so that modelled · c stays what was measured. One that no
    /// reading has moved knows nothing of the old base and stays.
    /// </summary>
    internal CoefficientState Rebase(double oldDenominator, double newDenominator)
    {
        if (!HasLearned || !(oldDenominator > 0 && newDenominator > 0 && double.IsFinite(oldDenominator) && double.IsFinite(newDenominator)))
        {
            return this;
        }

        var value = Clamp(Value * (oldDenominator / newDenominator));
        return new CoefficientState(value, HasLearned: false, IsInside(value) ? null : PeggedSince);
    }

    internal CoefficientState AtLeast(double floor)
    {
        var value = Clamp(floor);
        return value > Value ? this with { Value = value, HasLearned = true } : this;
    }

    private static double Clamp(double value) => Math.Clamp(value, Corrections.Minimum, Corrections.Maximum);

    private static bool IsInside(double value) => value is > Corrections.Minimum and < Corrections.Maximum;
}
