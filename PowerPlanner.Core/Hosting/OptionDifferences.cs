using System.Collections.Immutable;

namespace PowerPlanner.Hosting;

/// <summary>Which fields of two options differ, by the names that files use. A table instead of reflection: safe for trimming and native AOT.</summary>
internal static class OptionDifferences
{
    private static readonly ImmutableArray<(string Name, Func<PowerPlannerOptions, object?> Read)> Fields =
    [
        ("mode", options => options.Mode),
        ("isl", options => options.Isl),
        ("osl", options => options.Osl),
        ("ttftMs", options => options.TtftMs),
        ("itlMs", options => options.ItlMs),
        ("totalGpuPowerLimitWatts", options => options.TotalGpuPowerLimitWatts),
        ("maxGpuBudget", options => options.MaxGpuBudget),
        ("minEndpoint", options => options.MinEndpoint),
        ("prefillMinEndpoint", options => options.PrefillMinEndpoint),
        ("decodeMinEndpoint", options => options.DecodeMinEndpoint),
        ("maxBatch", options => options.MaxBatch),
        ("maxReplicas", options => options.MaxReplicas),
        ("prefillEngine", options => Of(options.PrefillEngine)),
        ("decodeEngine", options => Of(options.DecodeEngine)),
        ("aggEngine", options => Of(options.AggEngine)),
        ("tdpWatts", options => options.TdpWatts),
        ("gpuLimits", options => Of(options.GpuLimits)),
        ("prefillCapWatts", options => options.PrefillCapWatts),
        ("decodeCapWatts", options => options.DecodeCapWatts),
        ("replicaPolicy", options => options.ReplicaPolicy),
        ("objective", options => options.Objective),
        ("targetRequestsPerSecond", options => options.TargetRequestsPerSecond),
        ("electricityPricePerKwh", options => options.ElectricityPricePerKwh),
        ("carbonGramsPerKwh", options => options.CarbonGramsPerKwh),
        ("carbonPricePerTonne", options => options.CarbonPricePerTonne),
        ("prefillUtilization", options => options.PrefillUtilization),
        ("decodeUtilization", options => options.DecodeUtilization),
        ("batches", options => options.Batches),
        ("minimumPowerCoverage", options => options.MinimumPowerCoverage),
        ("nonGpuWattsPerGpu", options => options.NonGpuWattsPerGpu),
        ("aggCapPolicy", options => options.AggCapPolicy),
        ("capProbing", options => options.CapProbing),
        ("powerLimitedBand", options => options.PowerLimitedBand),
        ("convergenceTimeoutSeconds", options => options.ConvergenceTimeoutSeconds),
        ("admissionVarianceZ", options => options.AdmissionVarianceZ),
        ("saturationUtilization", options => options.SaturationUtilization),
        ("capDriftThreshold", options => options.CapDriftThreshold),
        ("halfOpenAfterSeconds", options => options.HalfOpenAfterSeconds),
        ("meterAccuracy", options => options.MeterAccuracy),
        ("callTimeoutSeconds", options => options.CallTimeoutSeconds),
        ("capSettleTimeSeconds", options => options.CapSettleTimeSeconds),
        ("powerSweep", options => options.PowerSweep),
        ("powerSweepStepWatts", options => options.PowerSweepStepWatts),
        ("initialCorrections", options => Of(options.InitialCorrections)),
        ("reoptimizeIntervalSeconds", options => options.ReoptimizeIntervalSeconds),
        ("driftRelativeThreshold", options => options.DriftRelativeThreshold),
        ("driftConsecutiveTicks", options => options.DriftConsecutiveTicks),
        ("maxConsecutiveFailures", options => options.MaxConsecutiveFailures),
        ("throughputRegressionWarnThreshold", options => options.ThroughputRegressionWarnThreshold),
        ("admissionMode", options => options.AdmissionMode),
        ("admissionSafetyMargin", options => options.AdmissionSafetyMargin),
        ("tickSeconds", options => options.TickSeconds),
        ("observationMaxAgeSeconds", options => options.ObservationMaxAgeSeconds),
        ("sweepTimeoutSeconds", options => options.SweepTimeoutSeconds),
        ("overBudgetPolicy", options => options.OverBudgetPolicy),
        ("advisory", options => options.Advisory),
        ("performance", options => Of(options.Performance)),
        ("journalPath", options => options.JournalPath),
        ("journalMaxBytes", options => options.JournalMaxBytes),
        ("journalMaxFiles", options => options.JournalMaxFiles),
    ];

    /// <summary>Names of all fields, in order.</summary>
    public static IEnumerable<string> Names => Fields.Select(entry => entry.Name);

    /// <summary>Names of the fields that differ, in order; nested objects count as one field.</summary>
    public static ImmutableArray<string> Between(PowerPlannerOptions old, PowerPlannerOptions changed) =>
        [.. Fields.Where(entry => !Equals(entry.Read(old), entry.Read(changed))).Select(entry => entry.Name)];

    private static object? Of(EngineOptions? engine) => engine is null ? null : (engine.Tp, engine.Pp, engine.AttentionDp, engine.MoeTp, engine.MoeEp, engine.Cp);

    private static object? Of(GpuLimitsOptions? limits) => limits is null ? null : (limits.MinWatts, limits.MaxWatts);

    private static object? Of(CorrectionOptions? corrections) =>
        corrections is null ? null : (corrections.Ttft, corrections.Itl, corrections.PowerPrefill, corrections.PowerDecode, corrections.PowerAgg);

    private static object? Of(PerformanceOptions? performance) => performance is null
        ? null
        : (
            (performance.Kind, performance.TtftMs, performance.ItlMs, performance.MaxKvTokens, performance.PrefillPowerW, performance.DecodePowerW),
            (performance.Model, performance.System, performance.Backend, performance.Version, performance.EstimationMode, performance.Gpu, performance.PrefillCsv, performance.DecodeCsv),
            (Text(performance.Prefill?.Select(point => FormattableString.Invariant($"{point.CapWatts} {point.TtftMs:R} {point.PowerW:R}"))),
                Text(performance.Decode?.Select(point => FormattableString.Invariant($"{point.CapWatts} {point.Batch} {point.ItlMs:R} {point.PowerW:R}")))));

    private static string? Text(IEnumerable<string>? points) => points is null ? null : string.Join(';', points);
}
