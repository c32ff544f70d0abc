using System.CommandLine;
using System.CommandLine.Parsing;

namespace PowerPlanner.Cli.Replay;

/// <summary><c>powerplanner replay</c>: the closed loop over recorded or hand-made events, in simulated time, on a fleet in memory; or a controller's own decisions once more.</summary>
internal static class ReplayCommand
{
    public static Command Create(Terminal terminal)
    {
        var config = new Option<string>("--config") { Description = "JSON file with one configuration, as for plan; with --events.", HelpName = "FILE" };
        var events = new Option<string>("--events") { Description = "File with one event a line, each a JSON object with t in seconds; with --config.", HelpName = "FILE.jsonl" };
        var journal = new Option<string>("--journal") { Description = "A controller's journal: makes every decision again from what it was made of, and says which differ (exit code 1).", HelpName = "FILE.jsonl" };
        var systems = CommonOptions.Systems();
        var models = CommonOptions.Models();
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line, one for each event, instead of a table; of a journal, one document." };
        var command = new Command("replay", "Runs the closed loop over recorded events in simulated time, or makes a journal's decisions again.") { config, events, journal, systems, models, json };
        command.Validators.Add(result => Check(result, config, events, journal));
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(journal) is { } path ? JournalReplay.RunAsync(terminal, path, parsed.GetValue(json)) : RunAsync(
            terminal,
            parsed.GetRequiredValue(config),
            parsed.GetRequiredValue(events),
            DataFolders.Resolve(parsed.GetValue(systems), parsed.GetValue(models)),
            parsed.GetValue(json),
            cancellationToken));
        return command;
    }

    private static void Check(CommandResult result, Option<string> config, Option<string> events, Option<string> journal)
    {
        var hasJournal = result.GetResult(journal) is not null;
        foreach (var option in (ReadOnlySpan<Option<string>>)[config, events])
        {
            if (result.GetResult(option) is null == !hasJournal)
            {
                result.AddError(hasJournal ? $"Option '{option.Name}' does not go with '--journal'." : $"Option '{option.Name}' is required.");
            }
        }
    }

    private static async Task<int> RunAsync(Terminal terminal, string configPath, string eventsPath, DataFolders folders, bool asJson, CancellationToken cancellationToken)
    {
        var problems = new ReplayProblems(configPath, await InputFile.ReadAsync("--config", configPath, cancellationToken), eventsPath, folders);
        var events = ReplayEventFile.Parse(await InputFile.ReadAsync("--events", eventsPath, cancellationToken), eventsPath, problems.Options.Mode, ReplaySession.Frontends);
        var problem = await problems.ConfiguredAsync(cancellationToken);
        foreach (var replacement in events.OfType<ReplayEvent.Performance>())
        {
            replacement.Problem = await problems.WithAsync(replacement, cancellationToken);
        }

        // Nothing is printed before all has happened: a file that an event names may still turn out bad, and bad input has no answer.
        var lines = new List<ReplayLine>(events.Count);
        using (var session = new ReplaySession(eventsPath, problems.Options, problem))
        {
            foreach (var happening in events)
            {
                lines.Add(await session.StepAsync(happening, cancellationToken));
            }
        }

        if (asJson)
        {
            foreach (var line in lines)
            {
                await terminal.WriteJsonAsync(line, ReplayJson.Default.ReplayLine);
            }
        }
        else
        {
            ReplayView.Show(terminal.Console(), lines);
        }

        return ExitCode.Success;
    }
}
