using PowerPlanner.Cli.Simulate.Report;
using PowerPlanner.Hosting;

namespace PowerPlanner.Cli.Simulate.Traces;

/// <summary>A trace's run under one policy at one scale.</summary>
internal sealed record TraceRun(TraceOutput Output, IReadOnlyList<TimelineSample> Samples, PowerPlannerOptions Options, TimeSpan Tick)
{
    public Timeline ToTimeline() => new()
    {
        Name = Text($"{Output.Policy}, ×{Output.Scale}"),
        Title = Text($"{Path.GetFileName(Output.Trace)} at {Output.Scale} times its arrival rate, controlled by the {Output.Policy}"),
        TickSeconds = Tick.TotalSeconds,
        Ticks = Output.Ticks,
        Facts =
        [
            ("requests", Text($"{Output.Requests:N0}")),
            ("served", Text($"{Output.Served:N0}")),
            ("TTFT met", Text($"{Output.TtftAttainment:P1}")),
            ("ITL met", Text($"{Output.ItlAttainment:P1}")),
            ("both met", Text($"{Output.Attained:P1}")),
            ("energy, MJ", Text($"{Output.EnergyMegajoules:N1}")),
            ("highest charge, W", Text($"{Output.MaxPeakWatts:N0}")),
            ("budget, W", Output.BudgetWatts is { } watts ? Text($"{watts:N0}") : "none"),
            ("ticks over budget", Text($"{Output.TicksOverBudget}")),
            ("sweeps", Text($"{Output.Sweeps}")),
            ("off from tick", Output.DisabledAtTick is { } tick ? Text($"{tick}") : "–"),
        ],
        Panels = TimelinePanels.Of(Samples, Options.TtftMs, Options.ItlMs),
        Marks = [.. Samples.Select((sample, tick) => (sample.Swept, tick)).Where(item => item.Swept).Select(item => new TimelineMark("sweep", item.tick, item.tick))],
    };

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
