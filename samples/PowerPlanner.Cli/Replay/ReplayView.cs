using System.Globalization;
using Spectre.Console;

namespace PowerPlanner.Cli.Replay;

/// <summary>A replay for people: one row an event.</summary>
internal static class ReplayView
{
    public static void Show(IAnsiConsole console, IReadOnlyList<ReplayLine> lines)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns(Right("t, s"), new TableColumn("event"), new TableColumn("state"), Right("replicas"), Right("caps, W"), Right("peak, W"), Right("tokens/s"), new TableColumn("what happened"));
        foreach (var line in lines)
        {
            table.AddRow(
                line.T.ToString("0.###", CultureInfo.InvariantCulture),
                line.Event,
                line.State,
                Text($"{line.Applied.PrefillReplicas}, {line.Applied.DecodeReplicas}"),
                Text($"{line.Applied.PrefillCapWatts}, {line.Applied.DecodeCapWatts}"),
                Text($"{line.PeakWatts:N0}"),
                Text($"{line.EstimatedTokensPerSecond:N0}"),
                Markup.Escape(Story(line)));
        }

        console.Write(table);
        console.WriteLine("Replicas and caps are prefill, decode; in agg mode the engines stand under decode. Tokens/s is what the plan can serve.");
    }

    private static string Story(ReplayLine line)
    {
        var parts = new List<string>();
        if (line.Swept)
        {
            parts.Add(line.ShouldReoptimize ? "triggered, swept" : "swept");
        }

        if (line.Reason is { } reason)
        {
            parts.Add(reason);
        }

        if (line.DisabledReason is { } disabled)
        {
            parts.Add(disabled);
        }

        if (line.ViolationTicks > 0)
        {
            parts.Add(Text($"violations {line.ViolationTicks}"));
        }

        if (line.Commands.Count > 0)
        {
            var failed = line.Commands.Count(command => !command.Ok);
            parts.Add(failed > 0 ? Text($"commands {line.Commands.Count} ({failed} failed)") : Text($"commands {line.Commands.Count}"));
        }

        return string.Join("; ", parts);
    }

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
