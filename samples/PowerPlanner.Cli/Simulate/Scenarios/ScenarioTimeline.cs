using System.Globalization;
using PowerPlanner.Cli.Simulate.Report;
using PowerPlanner.Control;
using PowerPlanner.Testing.Scenarios;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Cli.Simulate.Scenarios;

/// <summary>A scenario's run for the report.</summary>
internal static class ScenarioTimeline
{
    public static Timeline Of(ScenarioRun run)
    {
        var output = ScenarioOutput.Of(run);
        var profile = run.Scenario.Base;
        var ticks = run.Ticks;
        return new Timeline
        {
            Name = output.Name,
            Title = run.Scenario.Title,
            Passed = output.Passed,
            Violations = output.Violations,
            TickSeconds = 60,
            Ticks = ticks.Length,
            Facts =
            [
                ("ticks", Text($"{output.Ticks:N0}")),
                ("highest charge, W", Text($"{output.MaxPeakWatts:N0}")),
                ("budget, W", output.BudgetWatts is { } watts ? Text($"{watts:N0}") : "none"),
                ("sweeps", Text($"{output.Sweeps:N0}")),
                ("commands", Text($"{ticks.Sum(tick => tick.Commands.Length):N0}")),
                ("state at the end", ticks[^1].Status.State.ToString()),
            ],
            Panels = TimelinePanels.Of([.. ticks.Select(Sample)], profile.TtftTargetMs, profile.ItlTargetMs),
            Marks = [.. run.Scenario.Events.Select(Mark)],
        };
    }

    private static TimelineSample Sample(ScenarioTick tick) =>
        new(tick.Truth, tick.After, tick.Status.BudgetWatts, tick.ChargedWatts, tick.PeakChargedWatts, tick.Status.Corrections, tick.Status.Swept);

    private static TimelineMark Mark(FleetEvent happening) => happening switch
    {
        BiasStep step => new(Text($"{Name(step.Signal)} ×{step.Value}"), step.AtTick, step.AtTick),
        BiasRamp ramp => new(Text($"{Name(ramp.Signal)} ×{ramp.From} to ×{ramp.To}"), ramp.AtTick, ramp.EndTick),
        BiasSine sine => new(Text($"{Name(sine.Signal)} swings by {sine.Amplitude:P0}"), sine.AtTick, sine.AtTick),
        WindowCross cross => new($"window of {Name(cross.Signal)} crosses a change", cross.AtTick, cross.AtTick + 1),
        WritesDenied denied => Lasting("writes denied", denied),
        CapsNotEnforced loose => Lasting("caps not enforced", loose),
        CapsLost lost => Lasting("caps lost", lost),
        CapsUnread unread => Lasting("caps unread", unread),
        CapRangeChange range => At(Text($"GPUs accept {range.MinWatts} to {range.MaxWatts} W"), range),
        NodeChange node => At($"nodes: {Signed(node.Prefill)} prefill, {Signed(node.Decode)} decode", node),
        MetricsOutage outage => Lasting(outage.Signals.IsDefaultOrEmpty ? "no metrics" : $"no {string.Join(", ", outage.Signals.Select(Name))}", outage),
        MetricsLag lag => Lasting(Text($"metrics {lag.LagTicks} ticks late"), lag),
        ReadingOverride reading => Lasting(Text($"{Name(reading.Signal)} reads {reading.Value:G4}"), reading),
        ReportedAge aged => Lasting(Text($"observations {aged.Age.TotalSeconds:0} s old"), aged),
        FrontendFault fault => Lasting(Text($"{fault.Fraction:P0} of frontends refuse"), fault),
        FrontendRestart restart => At($"{restart.Frontend} restarts", restart),
        MaxBatchedTokensUnknown unknown => Lasting("max batched tokens unknown", unknown),
        BudgetChange change => At(change.Watts is { } watts ? Text($"budget {watts:N0} W") : "no budget", change),
        ModelFailure failure => Lasting($"model: {failure.Mode}", failure),
        ModelRevision revision => At(Text($"model revised: {revision.PrefillWatts:0} / {revision.DecodeWatts:0} W"), revision),
        ClockJump jump => At(Text($"clock jumps {jump.By.TotalSeconds:+0;−0} s"), jump),
        TickCount count => At(Text($"{count.Ticks} ticks at once"), count),
        ForeignScaling foreign => At(Text($"somebody scales {(foreign.Role == FleetRole.Prefill ? "prefill" : "decode")} to {foreign.Replicas}"), foreign),
        _ => At(happening.GetType().Name, happening),
    };

    private static TimelineMark At(string label, FleetEvent happening) => new(label, happening.AtTick, happening.AtTick);

    private static TimelineMark Lasting(string label, LastingEvent happening) =>
        new(label, happening.AtTick, (int)Math.Min(int.MaxValue, (long)happening.AtTick + happening.DurationTicks));

    private static string Name(FleetSignal signal) => signal switch
    {
        FleetSignal.PowerPrefill => "prefill power",
        FleetSignal.PowerDecode => "decode power",
        FleetSignal.Ttft => "TTFT",
        FleetSignal.Itl => "ITL",
        _ => "capacity",
    };

    private static string Signed(int change) => change.ToString("+0;−0;0", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
