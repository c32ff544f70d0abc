using System.CommandLine;

namespace PowerPlanner.Cli.Replay;

/// <summary><c>powerplanner replay</c>: the closed loop over recorded or hand-made events, in simulated time, on a fleet in memory.</summary>
internal static class ReplayCommand
{
    public static Command Create(Terminal terminal)
    {
        var config = new Option<string>("--config") { Description = "JSON file with one configuration, as for plan.", HelpName = "FILE", Required = true };
        var events = new Option<string>("--events") { Description = "File with one event a line, each a JSON object with t in seconds.", HelpName = "FILE.jsonl", Required = true };
        var systems = CommonOptions.Systems();
        var models = CommonOptions.Models();
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line, one for each event, instead of a table." };
        var command = new Command("replay", "Runs the closed loop over recorded events in simulated time.") { config, events, systems, models, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            terminal,
            parsed.GetRequiredValue(config),
            parsed.GetRequiredValue(events),
            DataFolders.Resolve(parsed.GetValue(systems), parsed.GetValue(models)),
            parsed.GetValue(json),
            cancellationToken));
        return command;
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
