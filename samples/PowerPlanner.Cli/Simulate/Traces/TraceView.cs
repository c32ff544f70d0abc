using Spectre.Console;

namespace PowerPlanner.Cli.Simulate.Traces;

/// <summary>Prints runs of a trace for people, as a table that Markdown understands too.</summary>
internal static class TraceView
{
    public static void Show(IAnsiConsole console, IReadOnlyList<TraceOutput> runs)
    {
        var table = new Table().Border(TableBorder.Markdown);
        table.AddColumns(Right("scale"), new TableColumn("policy"), Right("served"), Right("TTFT met"), Right("ITL met"), Right("both met"), Right("MJ"), Right("J/token"), Right("peak W"), Right("ticks over"), Right("off at"));
        foreach (var run in runs)
        {
            table.AddRow(
                Text($"{run.Scale}"),
                run.Policy,
                Text($"{run.Served / run.Requests:P1}"),
                Text($"{run.TtftAttainment:P1}"),
                Text($"{run.ItlAttainment:P1}"),
                Text($"{run.Attained:P1}"),
                Text($"{run.EnergyMegajoules:N1}"),
                run.JoulesPerToken is { } joules ? Text($"{joules:N2}") : "-",
                Text($"{run.MaxPeakWatts:N0}"),
                Text($"{run.TicksOverBudget}"),
                run.DisabledAtTick is { } tick ? Text($"{tick}") : "-");
        }

        console.Write(table);
        var first = runs[0];
        console.WriteLine(Text($"{first.Trace}: {first.Ticks} ticks, seed {first.Seed}, budget {(first.BudgetWatts is { } watts ? Text($"{watts:N0} W") : "none")}."));
    }

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
