using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Testing.Simulation;
using static PowerPlanner.Testing.Scenarios.ScenarioAssertion;
using static PowerPlanner.Testing.Scenarios.ScenarioComparison;
using static PowerPlanner.Testing.Scenarios.ScenarioSignal;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>D: what is observed is absent, late or mixed.</summary>
internal static class ObservabilityScenarios
{
    public static ImmutableArray<Scenario> All { get; } =
    [
        new()
        {
            Name = "D17",
            Title = "Every signal is absent in the middle of a violation",
            Events = [new BiasStep(28, FleetSignal.Ttft, 3), new MetricsOutage(30, 10, [])],
            Assertions =
            [
                At(28, ViolationTicks, Equal, 1),
                Throughout(29, 39, ViolationTicks, Equal, 2),
                ScenarioChecks.CoefficientsAsAt(29, 30, 39),
                At(40, Swept, Equal, 1),
                Throughout(0, 39, Swept, Equal, 0),
                Of("one warning when the outage starts, none while it lasts", run =>
                {
                    var warnings = run.Log.Count(entry => entry.Tick is >= 30 and <= 39 && entry.Level >= LogLevel.Warning);
                    return warnings == 1 ? null : FormattableString.Invariant($"{warnings} warnings in t30 to t39");
                }),
            ],
        },
        new()
        {
            Name = "D17-long",
            Title = "Every signal is absent for longer than a count may wait",
            Events = [new BiasStep(28, FleetSignal.Ttft, 3), new MetricsOutage(30, 11, [])],
            Assertions =
            [
                Throughout(0, 42, Swept, Equal, 0),
                At(41, ViolationTicks, Equal, 1),
                At(43, Swept, Equal, 1),
            ],
        },
        new()
        {
            Name = "D18",
            Title = "Readings are five ticks old under fresh timestamps",
            Events = [new BiasStep(20, FleetSignal.PowerDecode, 1.3), new MetricsLag(20, 20, 5)],
            Assertions =
            [
                Throughout(0, 24, CorrectionPowerDecode, Equal, 1),
                .. ScenarioChecks.Values(CorrectionPowerDecode, ScenarioChecks.Printed, (25, 1), (26, 1.09), (39, 1.298), (45, 1.2998)),
                Always(CorrectionPowerDecode, AtMost, 1.3),
                SweepsExactlyAt(27, 32),
                .. ScenarioChecks.Fleet(27, 7, 1, 450, 416),
                .. ScenarioChecks.Fleet(32, 6, 1, 450, 460),
            ],
        },
        new()
        {
            Name = "D19",
            Title = "Power is absent while latency teaches",
            Load = LoadProfile.Steps((0, 2000), (25, 20_000)),
            Events = [new MetricsOutage(20, 30, [FleetSignal.PowerPrefill, FleetSignal.PowerDecode])],
            Assertions =
            [
                .. ScenarioChecks.Values(CorrectionTtft, ScenarioChecks.Printed, (25, 1.2309), (26, 1.3925), (49, 1.7695)),
                .. ScenarioChecks.Values(CorrectionItl, ScenarioChecks.Printed, (25, 1.0413), (26, 1.0702), (49, 1.1376)),
                Throughout(20, 49, CorrectionPowerPrefill, Equal, 1),
                Throughout(20, 49, CorrectionPowerDecode, Equal, 1),
            ],
        },
        new()
        {
            Name = "D20",
            Title = "Workers stop reporting their largest batch while the plan changes",
            Options = new ControlOptions { AdmissionMode = AdmissionMode.Autoset },
            Events = [new MaxBatchedTokensUnknown(10, 20), new BudgetChange(15, 3500)],
            Assertions =
            [
                Thresholds(1, 0.968625, 0.9, 7373),
                .. ScenarioChecks.Fleet(15, 6, 1),
                Thresholds(16, 0.968625, 1, 7373),
                Throughout(0, 14, MaxBatchedTokensUnavailable, Equal, 0),
                Throughout(16, 199, MaxBatchedTokensUnavailable, Equal, 1),
                Of("t16: the status names the stale 7373 tokens", run => run.Ticks[16].Status.StalePrefillTokensThreshold == 7373 ? null : $"it names {run.Ticks[16].Status.StalePrefillTokensThreshold?.ToString(CultureInfo.InvariantCulture) ?? "nothing"}"),
                Of("one critical message", run => run.Log.Count(entry => entry.Level == LogLevel.Critical) is 1 ? null : $"{string.Join(" | ", run.Log.Where(entry => entry.Level == LogLevel.Critical).Select(entry => entry.Message).DefaultIfEmpty("none"))}"),
                Thresholds(30, 0.968625, 1, 8192),
                Throughout(16, 199, Swept, Equal, 0),
            ],
        },
        new()
        {
            Name = "D21",
            Title = "A window reaches back before the hardware's range fell",
            Physics = FleetPhysics.Physical,
            StartsAtPlan = true,
            Base = BaseProfile.H200 with { DecodeWatts = 425 },
            Options = new ControlOptions { CapProbing = CapProbing.Off },
            Events = [new CapRangeChange(50, 200, 250), new WindowCross(51, FleetSignal.PowerDecode, 49)],
            Assertions =
            [
                Throughout(0, 49, DecodeCapWatts, Equal, 425),
                Throughout(50, 199, DecodeCapWatts, Equal, 250),
                Throughout(50, 199, PrefillCapWatts, Equal, 250),
                Of("t51: the reading is 365.5 W", run => Math.Abs((run.Ticks[51].Observation?.Decode?.PowerWattsPerGpu ?? 0) - 365.5) < 1e-9 ? null : $"it is {run.Ticks[51].Observation?.Decode?.PowerWattsPerGpu}"),
                Always(IsDecodeCapNotEnforced, Equal, 0),
                Always(CorrectionPowerDecode, Equal, 1),
            ],
        },
    ];

    private static ScenarioAssertion Thresholds(int tick, double decode, double prefillFraction, long prefillTokens) => Of(
        FormattableString.Invariant($"t{tick}: every frontend has {decode}, {prefillFraction}, {prefillTokens} tokens"),
        run => run.Ticks[tick].After.Frontends
            .Where(frontend => !(frontend.Thresholds is { } has
                && Math.Abs(has.ThetaDecode - decode) < 1e-9
                && Math.Abs(has.ThetaPrefillFraction - prefillFraction) < 1e-9
                && has.PrefillTokensThreshold == prefillTokens))
            .Select(frontend => $"'{frontend.Name}' has {frontend.Thresholds}")
            .FirstOrDefault());
}
