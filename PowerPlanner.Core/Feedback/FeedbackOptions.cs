using PowerPlanner.Performance;

namespace PowerPlanner.Feedback;

/// <summary>What the feedback mathematics may be told. Immutable; <see cref="Validate"/> is the one place where the values are checked.</summary>
public sealed record FeedbackOptions
{
    /// <summary>
    /// Weight of a new reading in a coefficient: <c>c ← clamp(0.3 · ratio + 0.7 · c)</c>. Half of a step is followed after 1.94 updates, nine
    /// tenths after 6.5. Not an option: every threshold below was chosen for it.
    /// </summary>
    public const double Smoothing = 0.3;

    /// <summary>
    /// Half-width of the band around a cap in which a reading says "held back by the cap" rather than "this much is wanted", as a share of the
    /// cap; from 0 to below 1. Default 0.02, the regulation error of boards at their cap. Above the cap it is at least <see cref="MeterAccuracy"/>
    /// wide. 0 = off: every reading is demand, and no cap counts as not enforced.
    /// </summary>
    public double PowerLimitedBand { get; init; } = 0.02;

    /// <summary>
    /// Utilization from which a latency no longer raises a side's coefficient, in (0, 1]. Default 0.85: a queue's waiting grows as 1/(1 − u), and
    /// measures load, not the GPU.
    /// </summary>
    public double SaturationUtilization { get; init; } = 0.85;

    /// <summary>Share by which the offered load has to exceed the plan's capacity; finite, at least 0. Default 0.15.</summary>
    public double DriftRelativeThreshold { get; init; } = 0.15;

    /// <summary>Ticks with a violation before a sweep, at least 1. Default 3: one noisy window is no drift.</summary>
    public int DriftConsecutiveTicks { get; init; } = 3;

    /// <summary>Share by which a coefficient has to move a planned cap; finite, at least 0. Default 0.10.</summary>
    public double CapDriftThreshold { get; init; } = 0.10;

    /// <summary>How far a meter may be from the truth, a share of the reading; [0, 0.5]. Default 0.05, the accuracy that NVML states for boards.</summary>
    public double MeterAccuracy { get; init; } = 0.05;

    /// <summary>Least time between two sweeps; at least 0. Default 300 s.</summary>
    public TimeSpan ReoptimizeInterval { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>How often ticks come; greater than 0. Default 60 s.</summary>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Age of a window's end above which its readings are stale; at least 0. Default 180 s.</summary>
    public TimeSpan ObservationMaxAge { get; init; } = TimeSpan.FromSeconds(180);

    /// <summary>Whether a cap that holds back its side may be raised on trial where the budget has room. Default: on. Needs the band.</summary>
    public bool CapProbing { get; init; } = true;

    /// <summary>Coefficients to start from, each in [0.5, 2]. Default: all 1.</summary>
    public Corrections InitialCorrections { get; init; } = Corrections.None;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN or infinite.</exception>
    public void Validate()
    {
        Guard.FiniteNonNegative(PowerLimitedBand);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(PowerLimitedBand, 1);
        Guard.FinitePositive(SaturationUtilization);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SaturationUtilization, 1);
        Guard.FiniteNonNegative(DriftRelativeThreshold);
        ArgumentOutOfRangeException.ThrowIfLessThan(DriftConsecutiveTicks, 1);
        Guard.FiniteNonNegative(CapDriftThreshold);
        Guard.Within(MeterAccuracy, 0, 0.5);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReoptimizeInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(TickInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ObservationMaxAge, TimeSpan.Zero);
        Guard.Within(InitialCorrections.Ttft, Corrections.Minimum, Corrections.Maximum);
        Guard.Within(InitialCorrections.Itl, Corrections.Minimum, Corrections.Maximum);
        Guard.Within(InitialCorrections.PowerPrefill, Corrections.Minimum, Corrections.Maximum);
        Guard.Within(InitialCorrections.PowerDecode, Corrections.Minimum, Corrections.Maximum);
        Guard.Within(InitialCorrections.PowerAggregated, Corrections.Minimum, Corrections.Maximum);
    }
}
