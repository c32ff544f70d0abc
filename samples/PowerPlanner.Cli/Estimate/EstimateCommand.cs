using System.CommandLine;
using PowerPlanner.Performance;

namespace PowerPlanner.Cli.Estimate;

/// <summary><c>powerplanner estimate</c>: one engine at one operating point, for a file of queries or for one given by flags.</summary>
internal static class EstimateCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Option<string?>("--queries") { Description = "JSON file with an array of queries.", HelpName = "FILE" };
        var systems = CommonOptions.Systems();
        var models = CommonOptions.Models();
        var json = CommonOptions.Json();
        var flags = new QueryFlags();
        var command = new Command("estimate", "Estimates latency, power and KV capacity of an engine on AIC's tables.") { file, systems, models, json };
        flags.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(file) is not null)
            {
                flags.RefuseAny(result);
            }
            else
            {
                flags.RequireAll(result);
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var folders = DataFolders.Resolve(parsed.GetValue(systems), parsed.GetValue(models));
            var path = parsed.GetValue(file);
            return RunAsync(terminal, path, path is null ? [flags.Query(parsed)] : null, folders, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        Terminal terminal, string? path, List<EstimateQuery>? given, DataFolders folders, bool asJson, CancellationToken cancellationToken)
    {
        var queries = given ?? EstimateQueryFile.Parse(await InputFile.ReadAsync("--queries", path!, cancellationToken), path!);
        folders.RequireSystems();
        EstimateOutput[] answers;
        try
        {
            answers = await new EstimateBatch(folders.Catalog(path)).AnswerAsync(queries, cancellationToken);
        }
        catch (PerformanceFileException exception)
        {
            throw new BadInputException(exception.Message, exception);
        }

        if (asJson)
        {
            await terminal.WriteJsonAsync(answers, EstimateJson.Default.EstimateOutputArray);
        }
        else
        {
            EstimateView.Show(terminal.Console(), queries, answers);
        }

        return ExitCode.Success;
    }
}
