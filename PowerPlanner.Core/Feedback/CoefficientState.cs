using PowerPlanner.Performance;

namespace PowerPlanner.Feedback;

/// <summary>
/// One coefficient and what is remembered of it. An immutable value; no operation allocates. <c>default</c> is not valid: begin with
/// <see cref="Start"/>.
/// </summary>
/// <remarks>
/// A reading is believed as far as one of the two before it agrees: the coefficient steps towards the median of the three, and never beyond
/// what this reading itself says. So one wrong reading among right ones moves nothing, each wrong one of a pair moves the coefficient by at most
/// <c>0.3 · <see cref="LargestDistance"/></c>, and a right reading never moves it further from the truth because of those before. The first two
/// readings have no others to agree with; they count by themselves, within that bound.
/// Constant readings are followed as if there were no memory.
/// </remarks>
/// <param name="Value">Observed over modelled, in [0.5, 2].</param>
/// <param name="HasLearned">Whether a reading has moved it since its last base, so that it belongs to that base and has to be carried over to the next.</param>
/// <param name="PeggedSince">Since when it has been held at a bound; null = it is not.</param>
public readonly record struct CoefficientState(double Value, bool HasLearned, TimeSpan? PeggedSince)
{
    /// <summary>Farthest that a ratio counts as being away from the coefficient: one reading moves it by at most 0.3, however absurd it is.</summary>
    public const double LargestDistance = 1;

    /// <summary>Windows in a row that say nothing, after which a coefficient begins to fade: an hour of minutes. What taught it has passed by then.</summary>
    public const int SilentWindowsBeforeFading = 60;

    /// <summary>
    /// Share of its distance that a coefficient which nothing confirms loses in a window: half in 34 windows, nine tenths in 114. Slow enough
    /// for a pause, and no wrong belief outlives a night.
    /// </summary>
    public const double Fading = 0.02;

    /// <summary>Readings in a row on the same side of a cap that are no noise of a meter.</summary>
    public const int ReadingsThatProve = 3;

    /// <summary>The value to which it fades where nothing is heard, in [0.5, 2]; 0 (a state from before there was one) counts as 1.</summary>
    public double Initial { get; init; }

    /// <summary>The last window's ratio.</summary>
    public RatioReading Last { get; init; }

    /// <summary>The ratio of the window before that one.</summary>
    public RatioReading Former { get; init; }

    /// <summary>Windows in a row that said nothing; counted up to <see cref="SilentWindowsBeforeFading"/>.</summary>
    public int SilentWindows { get; init; }

    /// <summary>
    /// Power only: readings in a row that are further from the cap than a meter errs, below it (negative) or above it (positive); counted up to
    /// <see cref="ReadingsThatProve"/>.
    /// </summary>
    public int ReadingsOffCap { get; init; }

    /// <summary>Whether the coefficient is held at a bound: the model is further off than a coefficient may say.</summary>
    public bool IsPegged => PeggedSince.HasValue;

    /// <summary>A coefficient that no reading has moved yet.</summary>
    /// <param name="initial">Its first value; in [0.5, 2].</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, or NaN.</exception>
    public static CoefficientState Start(double initial)
    {
        Guard.Within(initial, Corrections.Minimum, Corrections.Maximum);
        return new CoefficientState(initial, HasLearned: false, PeggedSince: null) { Initial = initial };
    }

    // c ← clamp(0.3 · target + 0.7 · c, 0.5, 2). The ratio is positive; an overflow to ∞ is far away like any other.
    internal CoefficientState Learn(double ratio, RatioKind kind, TimeSpan now)
    {
        var reading = RatioReading.Create(ratio, kind);
        var target = Target(reading);
        var next = this with { Last = reading, Former = Last, SilentWindows = 0 };

        // A bound that is kept, and a reading that the others contradict, leave the coefficient as it is bit for bit. (The target is one of the
        // numbers compared, not computed from them.)
        return target == Value && (kind != RatioKind.Exact || reading.Ratio != Value) ? next : next.StepTo(target, now);
    }

    /// <summary>A window that said nothing. Short silences change nothing; in long ones the coefficient fades to its initial value.</summary>
    internal CoefficientState Silence() => SilentWindows < SilentWindowsBeforeFading
        ? this with { SilentWindows = SilentWindows + 1 }
        : FadeTo(Initial > 0 ? Initial : 1);

    /// <summary>A small step towards a value that nothing contradicts.</summary>
    internal CoefficientState FadeTo(double value)
    {
        var next = Clamp(Value + (Fading * (value - Value)));
        return this with { Value = next, PeggedSince = IsInside(next) ? null : PeggedSince };
    }

    /// <summary>Counts a reading that lies clearly below its cap (−1), clearly above it (1), or near it or beside an unknown one (0).</summary>
    internal CoefficientState CountOffCap(int side) => this with
    {
        ReadingsOffCap = Math.Sign(ReadingsOffCap) == side ? Math.Clamp(ReadingsOffCap, 1 - ReadingsThatProve, ReadingsThatProve - 1) + side : side,
    };

    /// <summary>
    /// Carries the coefficient to a new base: <c>c ← c · old / new</c>, clamped, so that modelled · c stays what was measured. One that no
    /// reading has moved knows nothing of the old base and stays; remembered ratios are observations, and always carried over.
    /// </summary>
    internal CoefficientState Rebase(double oldDenominator, double newDenominator)
    {
        if (!(oldDenominator > 0 && newDenominator > 0 && double.IsFinite(oldDenominator) && double.IsFinite(newDenominator)))
        {
            return this;
        }

        var factor = oldDenominator / newDenominator;
        var next = this with { Last = Last.Rebase(factor), Former = Former.Rebase(factor) };
        if (!HasLearned)
        {
            return next;
        }

        var value = Clamp(Value * factor);
        return next with { Value = value, HasLearned = false, PeggedSince = IsInside(value) ? null : PeggedSince };
    }

    internal CoefficientState AtLeast(double floor)
    {
        var value = Clamp(floor);
        return value > Value ? this with { Value = value, HasLearned = true } : this;
    }

    private double Target(in RatioReading reading)
    {
        var asked = reading.Against(Value);
        return Former.Kind == RatioKind.Absent ? asked : Median(Median(Former.Against(Value), Last.Against(Value), asked), asked, Value);
    }

    private CoefficientState StepTo(double target, TimeSpan now)
    {
        var near = Math.Clamp(target, Value - LargestDistance, Value + LargestDistance);
        var free = (FeedbackOptions.Smoothing * near) + ((1 - FeedbackOptions.Smoothing) * Value);
        var value = Clamp(free);

        // A value that rests exactly on its bound, no longer pushed beyond it, has not recovered: an alarm must not flicker there.
        TimeSpan? since = free != value || (IsPegged && !IsInside(value)) ? PeggedSince ?? now : null;
        return this with { Value = value, HasLearned = true, PeggedSince = since };
    }

    private static double Median(double a, double b, double c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));

    private static double Clamp(double value) => Math.Clamp(value, Corrections.Minimum, Corrections.Maximum);

    private static bool IsInside(double value) => value is > Corrections.Minimum and < Corrections.Maximum;
}
