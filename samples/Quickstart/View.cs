using PowerPlanner.Planning;
using Spectre.Console;

namespace Quickstart;

/// <summary>Prints for people: in colour on a terminal, plain and of a fixed width in a pipe.</summary>
internal sealed class View
{
    private const int MostRows = 10;
    private const int WidthWhenPiped = 110;

    private readonly IAnsiConsole _console;

    public View(TextWriter output)
    {
        var piped = Console.IsOutputRedirected;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = piped ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = piped ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (piped)
        {
            _console.Profile.Width = WidthWhenPiped;
        }
    }

    public void Say(FormattableString text) => Say(FormattableString.Invariant(text));

    public void Say(string text) => _console.WriteLine(text);

    public void Roles(string title, PowerPlan plan)
    {
        var table = Titled(title).AddColumns(Left("role"), Right("engines"), Right("GPU cap, W"), Right("batch"), Right("latency, ms"), Right("requests/s each"));
        Row(table, "prefill", $"{plan.PrefillReplicas}", $"{plan.PrefillCapWatts}", $"1", $"{plan.TtftMs:N0}", $"{plan.RequestsPerSecondPerPrefillReplica:N2}");
        Row(table, "decode", $"{plan.DecodeReplicas}", $"{plan.DecodeCapWatts}", $"{plan.DecodeBatch}", $"{plan.ItlMs:N1}", $"{plan.RequestsPerSecondPerDecodeReplica:N2}");
        _console.Write(table);
    }

    public void Frontier(string title, IReadOnlyList<FrontierPoint> frontier, long budgetWatts)
    {
        var most = frontier.Max(point => point.ThroughputRequestsPerSecond);
        var table = Titled(title).AddColumns(Right("W"), Right("requests/s"), Right("per kW"), Left("engines"), Left("throughput"));
        foreach (var point in Spread(frontier))
        {
            Row(
                table,
                $"{point.TotalWatts:N0}",
                $"{point.ThroughputRequestsPerSecond:N1}",
                $"{1000 * point.ThroughputRequestsPerSecond / point.TotalWatts:N2}",
                $"{point.PrefillReplicas} prefill, {point.DecodeReplicas} decode",
                $"{new string('█', Math.Max(1, (int)Math.Round(30 * point.ThroughputRequestsPerSecond / most)))}{(point.TotalWatts > budgetWatts ? " (above the budget)" : string.Empty)}");
        }

        _console.Write(table);
    }

    public void Budgets(string title, IEnumerable<(long Watts, PlanResult Result)> plans)
    {
        var table = Titled(title).AddColumns(Right("budget, W"), Right("planned, W"), Left("engines"), Left("caps, W"), Right("batch"), Right("requests/s"));
        foreach (var (watts, result) in plans)
        {
            if (result.Plan is { } plan)
            {
                Row(
                    table,
                    $"{watts:N0}",
                    $"{plan.TotalWatts:N0}",
                    $"{plan.PrefillReplicas} prefill, {plan.DecodeReplicas} decode",
                    $"{plan.PrefillCapWatts} / {plan.DecodeCapWatts}",
                    $"{plan.DecodeBatch}",
                    $"{plan.ThroughputRequestsPerSecond:N1}");
            }
            else
            {
                Row(table, $"{watts:N0}", $"-", $"none: needs at least {result.MinimumBudgetWatts:N0} W", $"", $"", $"0.0");
            }
        }

        _console.Write(table);
    }

    public void Story(string title, IEnumerable<StoryLine> lines, double mostLoad)
    {
        var table = Titled(title).AddColumns(Right("min"), Left("load"), Right("TTFT, ms"), Right("draw, W"), Right("held to, W"), Right("budget, W"), Left("what happened"));
        foreach (var line in lines)
        {
            Row(
                table,
                $"{line.Minute}",
                $"{new string('█', Math.Max(1, (int)Math.Round(10 * line.RequestsPerSecond / mostLoad)))}",
                $"{line.TtftMs:N0}",
                $"{line.DrawWatts:N0}",
                $"{line.ChargedWatts:N0}",
                $"{line.BudgetWatts:N0}",
                $"{line.Text}");
        }

        _console.Write(table);
    }

    // A frontier may have hundreds of points; people read ten, the first and the last among them.
    private static IEnumerable<FrontierPoint> Spread(IReadOnlyList<FrontierPoint> frontier)
    {
        var rows = Math.Min(frontier.Count, MostRows);
        return Enumerable.Range(0, rows).Select(row => frontier[rows == 1 ? 0 : row * (frontier.Count - 1) / (rows - 1)]);
    }

    private static void Row(Table table, params FormattableString[] cells) => table.AddRow([.. cells.Select(cell => Markup.Escape(FormattableString.Invariant(cell)))]);

    private static void Row(Table table, string first, params FormattableString[] cells) =>
        table.AddRow([Markup.Escape(first), .. cells.Select(cell => Markup.Escape(FormattableString.Invariant(cell)))]);

    private static Table Titled(string title) => new Table().Border(TableBorder.Simple).Title(Markup.Escape(title));

    private static TableColumn Left(string header) => new(header);

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();
}
