using System.Globalization;
using PowerPlanner.Control;
using Spectre.Console;

namespace PowerPlanner.Cli.Replay;

/// <summary><c>powerplanner replay --journal</c>: a controller's decisions made again from its journal.</summary>
internal static class JournalReplay
{
    public static async Task<int> RunAsync(Terminal terminal, string path, bool asJson)
    {
        var result = Replay(path);
        if (asJson)
        {
            await terminal.WriteJsonAsync(JournalOutput.Of(result), JournalOutputJson.Default.JournalOutput);
        }
        else
        {
            Show(terminal.Console(), result);
        }

        return result.IsEqual ? ExitCode.Success : ExitCode.Different;
    }

    private static DecisionReplayResult Replay(string path)
    {
        try
        {
            // A controller may be writing it.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return DecisionReplay.Run(stream);
        }
        catch (InvalidJournalException damaged)
        {
            throw new BadInputException($"{path}: {damaged.Message}", damaged);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var problem = exception is FileNotFoundException or DirectoryNotFoundException ? "does not exist"
                : Directory.Exists(path) ? "is a folder"
                : $"cannot be read ({exception.Message})";
            throw new BadInputException($"{path}: --journal: {problem}; allowed: a readable file", exception);
        }
    }

    private static void Show(IAnsiConsole console, DecisionReplayResult result)
    {
        console.WriteLine(Text($"{result.Decisions} decisions of {result.Ticks} ticks in {result.Parts} parts: {result.Equal} equal, {result.Different} different, {result.Skipped} after a different one on the same tick."));
        if (result.DifferentStatuses > 0)
        {
            console.WriteLine(Text($"{result.DifferentStatuses} statuses differ."));
        }

        foreach (var line in result.CutLines)
        {
            console.WriteLine(Text($"Line {line} was cut short, as by a process that died while it wrote; it is left out."));
        }

        foreach (var difference in result.Differences)
        {
            console.WriteLine();
            console.WriteLine(Text($"line {difference.Line}, tick {difference.Tick}, {difference.Time:O}: {difference.Kind} {difference.Input}"));
            if (difference.Recorded != difference.Replayed)
            {
                console.WriteLine($"  then  {difference.Recorded}");
                console.WriteLine($"  now   {difference.Replayed}");
            }

            foreach (var field in difference.Fields)
            {
                console.WriteLine($"  {field.Path}: {field.Recorded} → {field.Replayed}");
            }
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
