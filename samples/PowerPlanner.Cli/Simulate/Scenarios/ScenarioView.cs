using PowerPlanner.Testing.Scenarios;
using Spectre.Console;

namespace PowerPlanner.Cli.Simulate.Scenarios;

/// <summary>Prints runs of scenarios for people.</summary>
internal static class ScenarioView
{
    public static void Show(IAnsiConsole console, IReadOnlyList<ScenarioRun> runs)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns(new TableColumn("scenario"), new TableColumn("what happens"), new TableColumn("verdict"), Right("ticks"), Right("peak, W"), Right("budget, W"), Right("sweeps"));
        foreach (var run in runs)
        {
            var output = ScenarioOutput.Of(run);
            table.AddRow(
                Markup.Escape(output.Name),
                Markup.Escape(run.Scenario.Title),
                output.Passed ? "[green]passed[/]" : "[red]failed[/]",
                Text($"{output.Ticks:N0}"),
                Text($"{output.MaxPeakWatts:N0}"),
                output.BudgetWatts is { } watts ? Text($"{watts:N0}") : "none",
                Text($"{output.Sweeps:N0}"));
        }

        console.Write(table);
        foreach (var run in runs)
        {
            foreach (var violation in run.Violations)
            {
                console.WriteLine($"{run.Scenario.Name}: {violation}");
            }
        }

        console.WriteLine(Text($"{runs.Count(run => run.Passed)} of {runs.Count} passed."));
    }

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
