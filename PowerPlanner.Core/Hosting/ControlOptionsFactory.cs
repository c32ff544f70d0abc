using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Performance;

namespace PowerPlanner.Hosting;

/// <summary>Turns options into what a <see cref="PowerPlannerController"/> is told about its loop. The options are copied: later changes have no effect.</summary>
public static class ControlOptionsFactory
{
    /// <summary>Creates the loop's options.</summary>
    /// <param name="options">Valid options.</param>
    /// <exception cref="InvalidOptionsException">The options are invalid.</exception>
    public static ControlOptions Create(PowerPlannerOptions options)
    {
        var violations = PowerPlannerOptionsValidator.FindAll(options);
        if (!violations.IsEmpty)
        {
            throw new InvalidOptionsException("options", violations);
        }

        var corrections = options.InitialCorrections;
        return new ControlOptions
        {
            Tick = TimerSeconds(options.TickSeconds),
            InitialCorrections = new Corrections(corrections.Ttft, corrections.Itl, corrections.PowerPrefill, corrections.PowerDecode, corrections.PowerAgg),
            ReoptimizeInterval = Seconds(options.ReoptimizeIntervalSeconds),
            DriftRelativeThreshold = options.DriftRelativeThreshold,
            DriftConsecutiveTicks = options.DriftConsecutiveTicks,
            CapDriftThreshold = options.CapDriftThreshold,
            PowerLimitedBand = options.PowerLimitedBand,
            SaturationUtilization = options.SaturationUtilization,
            CapProbing = options.CapProbing,
            ObservationMaxAge = Seconds(options.ObservationMaxAgeSeconds),
            MaxConsecutiveFailures = options.MaxConsecutiveFailures,
            ThroughputRegressionWarnThreshold = options.ThroughputRegressionWarnThreshold,
            AdmissionMode = options.AdmissionMode,
            AdmissionPolicy = new AdmissionPolicy(options.AdmissionSafetyMargin, options.AdmissionVarianceZ),
            SweepTimeout = TimerSeconds(options.SweepTimeoutSeconds),
            ConvergenceTimeout = Seconds(options.ConvergenceTimeoutSeconds),
            HalfOpenAfter = options.HalfOpenAfterSeconds is { } seconds ? Seconds(seconds) : null,
            MeterAccuracy = options.MeterAccuracy,
            CallTimeout = options.CallTimeoutSeconds is { } limit ? TimerSeconds(limit) : null,
            CapSettleTime = Seconds(options.CapSettleTimeSeconds),
            OverBudgetPolicy = options.OverBudgetPolicy,
            Advisory = options.Advisory,
        };
    }

    // Options may say "never" with a number that no TimeSpan holds, or that overflows when a date is added: a century is as good.
    private static TimeSpan Seconds(double seconds) => AtMost(TimeSpan.FromDays(36_525), seconds);

    // .NET's timers wait 2³² − 2 ms at most. What is too little for a TimeSpan is its least.
    private static TimeSpan TimerSeconds(double seconds) => AtMost(TimeSpan.FromDays(49), Math.Max(seconds, 1.0 / TimeSpan.TicksPerSecond));

    private static TimeSpan AtMost(TimeSpan most, double seconds) => seconds >= most.TotalSeconds ? most : TimeSpan.FromSeconds(seconds);
}
