using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Cli.Simulate.Report;

/// <summary>What the report shows of one tick.</summary>
/// <param name="Truth">What the fleet really did.</param>
/// <param name="Fleet">The fleet after the tick's commands.</param>
/// <param name="BudgetWatts">The budget, W; null = none.</param>
/// <param name="ChargedWatts">Charge after the tick, W.</param>
/// <param name="PeakWatts">The highest charge during the tick, W.</param>
/// <param name="Corrections">The coefficients after the tick.</param>
/// <param name="Swept">Whether the model was asked.</param>
internal readonly record struct TimelineSample(FleetTruth Truth, FleetState Fleet, long? BudgetWatts, long ChargedWatts, long PeakWatts, Corrections Corrections, bool Swept);

/// <summary>The panels that every run has.</summary>
internal static class TimelinePanels
{
    public static IReadOnlyList<TimelinePanel> Of(IReadOnlyList<TimelineSample> samples, double ttftTargetMs, double itlTargetMs)
    {
        var isAggregated = samples.Any(sample => sample.Fleet.Aggregated is not null);
        return
        [
            new("Load", "requests/s",
            [
                Line("offered", TimelineStyle.First, sample => sample.Truth.Load.RequestsPerSecond),
                Line("capacity", TimelineStyle.Third, sample => sample.Truth.CapacityRequestsPerSecond),
            ]),
            new("Time to first token", "ms",
            [
                Line("TTFT", TimelineStyle.First, sample => sample.Truth.TtftMs),
                Line("target", TimelineStyle.Bound, _ => ttftTargetMs),
            ]),
            new("Inter-token latency", "ms",
            [
                Line("ITL", TimelineStyle.Second, sample => sample.Truth.ItlMs),
                Line("target", TimelineStyle.Bound, _ => itlTargetMs),
            ]),
            new("Power of the fleet", "W",
            [
                Line("true draw", TimelineStyle.First, sample => sample.Truth.FleetWatts),
                Line("charged", TimelineStyle.SecondSteps, sample => sample.ChargedWatts),
                Line("charged, peak", TimelineStyle.ThirdSteps, sample => sample.PeakWatts),
                Line("budget", TimelineStyle.Bound, sample => sample.BudgetWatts ?? double.NaN),
            ]),
            new("Replicas", "", isAggregated ? [Line("engines", TimelineStyle.FirstSteps, sample => Running(sample.Fleet.Aggregated))] :
            [
                Line("prefill", TimelineStyle.FirstSteps, sample => Running(sample.Fleet.Prefill)),
                Line("decode", TimelineStyle.SecondSteps, sample => Running(sample.Fleet.Decode)),
            ]),
            new("Caps", "W per GPU", isAggregated ? [Line("engines", TimelineStyle.FirstSteps, sample => sample.Fleet.Aggregated?.EffectiveCapWatts ?? double.NaN)] :
            [
                Line("prefill", TimelineStyle.FirstSteps, sample => sample.Fleet.Prefill?.EffectiveCapWatts ?? double.NaN),
                Line("decode", TimelineStyle.SecondSteps, sample => sample.Fleet.Decode?.EffectiveCapWatts ?? double.NaN),
            ]),
            new("Correction coefficients", "observed / modelled",
            [
                Line("TTFT", TimelineStyle.First, sample => sample.Corrections.Ttft),
                Line("ITL", TimelineStyle.Second, sample => sample.Corrections.Itl),
                .. isAggregated ? (TimelineLine[])
                [
                    Line("engine power", TimelineStyle.Third, sample => sample.Corrections.PowerAggregated),
                ] :
                [
                    Line("prefill power", TimelineStyle.Third, sample => sample.Corrections.PowerPrefill),
                    Line("decode power", TimelineStyle.Fourth, sample => sample.Corrections.PowerDecode),
                ],
            ])
            {
                FromZero = false,
            },
        ];

        TimelineLine Line(string name, TimelineStyle style, Func<TimelineSample, double> value) => new(name, style, [.. samples.Select(value)]);
    }

    private static double Running(RoleState? role) => role is null ? double.NaN : role.Ready + role.Starting;
}
