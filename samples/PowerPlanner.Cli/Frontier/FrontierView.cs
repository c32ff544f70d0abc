using System.Text.Json;
using Spectre.Console;

namespace PowerPlanner.Cli.Frontier;

/// <summary>The frontier for people.</summary>
internal static class FrontierView
{
    private const int MostRows = 40;

    public static void Show(IAnsiConsole console, FrontierAnswer answer)
    {
        if (!answer.IsFeasible)
        {
            console.WriteLine(Text($"No frontier: {JsonNamingPolicy.CamelCase.ConvertName(answer.Result.Reason!.Value.ToString())}."));
            console.WriteLine(answer.Result.Detail ?? string.Empty);
            return;
        }

        console.WriteLine(Summary(answer));
        console.Write(FrontierTable.Of(answer.Points, MostRows));
        if (answer.Points.Count > MostRows)
        {
            console.WriteLine(Text($"{MostRows} of {answer.Points.Count:N0} trade-offs; --csv and --json give all."));
        }
    }

    /// <summary>The frontier in two sentences.</summary>
    public static string Summary(FrontierAnswer answer)
    {
        var first = answer.Points[0];
        var last = answer.Points[^1];
        var best = answer.Points.MinBy(point => point.JoulesPerRequest);
        var range = answer.Points.Count == 1
            ? Text($"The only plan: {first.TotalWatts:N0} W for {first.ThroughputRequestsPerSecond:N2} requests/s.")
            : Text($"From {first.TotalWatts:N0} W for {first.ThroughputRequestsPerSecond:N2} requests/s to {last.TotalWatts:N0} W for {last.ThroughputRequestsPerSecond:N2}.");
        return Text($"{range} Least energy: {best.JoulesPerRequest:N0} J a request, {best.JoulesPerToken:N3} J a token, at {best.TotalWatts:N0} W.");
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
