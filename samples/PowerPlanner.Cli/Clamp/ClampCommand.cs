using System.CommandLine;
using System.Globalization;
using PowerPlanner.Power.Clamps;
using Spectre.Console;

namespace PowerPlanner.Cli.Clamp;

/// <summary><c>powerplanner clamp</c>: the budget boundary alone, on proposals of any other autoscaler.</summary>
internal static class ClampCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Option<string>("--cases") { Description = "JSON file with an array of cases.", HelpName = "FILE", Required = true };
        var json = CommonOptions.Json();
        var command = new Command("clamp", "Brings proposals of replica counts into a budget.") { file, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(terminal, parsed.GetRequiredValue(file), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, string path, bool asJson, CancellationToken cancellationToken)
    {
        var cases = ClampCaseFile.Parse(await InputFile.ReadAsync("--cases", path, cancellationToken), path);
        var outputs = cases.ConvertAll(item => ClampOutput.Of(item.Id, item.Case));
        if (asJson)
        {
            await terminal.WriteJsonAsync(outputs, ClampJson.Default.ListClampOutput);
        }
        else
        {
            Show(terminal.Console(), cases, outputs);
        }

        return ExitCode.Success;
    }

    private static void Show(IAnsiConsole console, List<(string Id, ClampCase Case)> cases, List<ClampOutput> outputs)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("case", "proposed", "runs", "allowed", "reason");
        table.AddColumns(Number("after, W"), Number("peak, W"), Number("budget, W"));
        foreach (var ((id, clampCase), output) in cases.Zip(outputs))
        {
            table.AddRow(
                Markup.Escape(id),
                Counts(clampCase.Proposed.Prefill, clampCase.Proposed.Decode),
                Counts(clampCase.Current.Prefill, clampCase.Current.Decode),
                Counts(output.Prefill, output.Decode),
                output.Reason ?? "unchanged",
                Watts(output.ProjectedWatts),
                Watts(output.PeakWatts),
                clampCase.TotalGpuPowerLimitWatts is { } budget ? Watts(budget) : "none");
        }

        console.Write(table);
        console.WriteLine("Counts are prefill, decode replicas; - is no opinion (proposed, allowed) or unknown (runs).");
    }

    private static TableColumn Number(string header) => new TableColumn(header).RightAligned();

    private static string Counts(int? prefill, int? decode) => $"{Count(prefill)}, {Count(decode)}";

    private static string Count(int? count) => count?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static string Watts(long watts) => watts.ToString("N0", CultureInfo.InvariantCulture);
}
