using PowerPlanner.Admission;
using PowerPlanner.Feedback;
using PowerPlanner.Performance;

namespace PowerPlanner.Control;

/// <summary>How a controller's loop behaves. Immutable; the controller checks every value when it is made.</summary>
public sealed record ControlOptions
{
    /// <summary>How often the controller ticks; greater than 0. Default 60 s.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Coefficients to start with, each in [0.5, 2]. Default: all 1.</summary>
    public Corrections InitialCorrections { get; init; } = Corrections.None;

    /// <summary>Least time between sweeps; at least 0, 0 = no rate limit. Default 300 s.</summary>
    public TimeSpan ReoptimizeInterval { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Load above the plan's capacity by more than this share is drift; at least 0. Default 0.15.</summary>
    public double DriftRelativeThreshold { get; init; } = 0.15;

    /// <summary>Ticks in a row that must violate before a sweep; at least 1. Default 3.</summary>
    public int DriftConsecutiveTicks { get; init; } = 3;

    /// <summary>A coefficient that moves a cap by more than this share triggers a sweep; at least 0. Default 0.10.</summary>
    public double CapDriftThreshold { get; init; } = 0.10;

    /// <summary>Half-width of the band around a cap in which a reading means "held by the cap", as a share of the cap; [0, 1), 0 = off. Default 0.02.</summary>
    public double PowerLimitedBand { get; init; } = 0.02;

    /// <summary>Utilization from which measured latency is queueing; (0, 1]. Default 0.85.</summary>
    public double SaturationUtilization { get; init; } = 0.85;

    /// <summary>Whether a cap that hides demand is probed upward. Default on.</summary>
    public CapProbing CapProbing { get; init; } = CapProbing.On;

    /// <summary>Observations whose window ended longer ago teach nothing; at least 0. Default 180 s.</summary>
    public TimeSpan ObservationMaxAge { get; init; } = TimeSpan.FromSeconds(180);

    /// <summary>Failed sweeps in a row that disable the optimizer; at least 1. Default 5.</summary>
    public int MaxConsecutiveFailures { get; init; } = 5;

    /// <summary>A new plan whose throughput is lower by more than this share is warned of; [0, 1]. Default 0.10.</summary>
    public double ThroughputRegressionWarnThreshold { get; init; } = 0.10;

    /// <summary>What happens to admission thresholds. Default off.</summary>
    public AdmissionMode AdmissionMode { get; init; } = AdmissionMode.Off;

    /// <summary>From a plan to thresholds. Default: margin 1, no allowance for variance.</summary>
    public AdmissionPolicy AdmissionPolicy { get; init; } = new();

    /// <summary>A performance model that takes longer for a sweep has failed; greater than 0. Default 30 s.</summary>
    public TimeSpan SweepTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A transition that takes longer is reported, and the readiness triggers are silent until then; at least 0. Default 600 s.</summary>
    public TimeSpan ConvergenceTimeout { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>A disabled optimizer tries once again after this time; at least 0, null = disabled until reset. Default 900 s.</summary>
    public TimeSpan? HalfOpenAfter { get; init; } = TimeSpan.FromSeconds(900);

    /// <summary>
    /// How far a meter may be from the truth, as a share of the reading; [0, 0.5]. A draw this much above its cap is the meter's error and not a cap
    /// that is not enforced. Default 0.05, the accuracy that NVML states for boards.
    /// </summary>
    public double MeterAccuracy { get; init; } = 0.05;

    /// <summary>Longest time for one call of the metrics source or the actuator; greater than 0, null = one <see cref="Tick"/>. Default null.</summary>
    public TimeSpan? CallTimeout { get; init; }

    /// <summary>
    /// How long an actuator that does not fence by revision (<see cref="IActuator.FencesByRevision"/>) may still apply a cap that has been replaced; at
    /// least 0. Default 600 s.
    /// </summary>
    public TimeSpan CapSettleTime { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>What happens when even the smallest plan is above the budget. Default: the budget is kept.</summary>
    public OverBudgetPolicy OverBudgetPolicy { get; init; } = OverBudgetPolicy.ScaleDown;

    /// <summary>Decide and report, but change nothing. Default false.</summary>
    public bool Advisory { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN or infinite.</exception>
    /// <exception cref="ArgumentNullException">No admission policy.</exception>
    public void Validate()
    {
        ToFeedback().Validate();
        ArgumentNullException.ThrowIfNull(AdmissionPolicy);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConsecutiveFailures, 1);
        Guard.Within(ThroughputRegressionWarnThreshold, 0, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(SweepTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ConvergenceTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(CapSettleTime, TimeSpan.Zero);
        if (CallTimeout is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(CallTimeout));
        }

        if (HalfOpenAfter is { } wait)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(wait, TimeSpan.Zero, nameof(HalfOpenAfter));
        }

        Guard.Defined(CapProbing);
        Guard.Defined(AdmissionMode);
        Guard.Defined(OverBudgetPolicy);
    }

    internal FeedbackOptions ToFeedback() => new()
    {
        PowerLimitedBand = PowerLimitedBand,
        SaturationUtilization = SaturationUtilization,
        DriftRelativeThreshold = DriftRelativeThreshold,
        DriftConsecutiveTicks = DriftConsecutiveTicks,
        CapDriftThreshold = CapDriftThreshold,
        MeterAccuracy = MeterAccuracy,
        ReoptimizeInterval = ReoptimizeInterval,
        TickInterval = Tick,
        ObservationMaxAge = ObservationMaxAge,
        CapProbing = CapProbing == CapProbing.On,
        InitialCorrections = InitialCorrections,
    };
}
