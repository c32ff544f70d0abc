using System.CommandLine;
using PowerPlanner.Hosting;

namespace PowerPlanner.Cli.Explain;

/// <summary><c>powerplanner explain</c>: why the plan is what it is, and what would change it.</summary>
internal static class ExplainCommand
{
    public static Command Create(Terminal terminal)
    {
        var config = new Option<string>("--config") { Description = "JSON file with one configuration, as for plan.", HelpName = "FILE", Required = true };
        var systems = CommonOptions.Systems();
        var models = CommonOptions.Models();
        var json = CommonOptions.Json();
        var command = new Command("explain", "Says what binds a plan, and what more or less of it would do.") { config, json, systems, models };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(config);
            var folders = DataFolders.Resolve(parsed.GetValue(systems), parsed.GetValue(models));
            var options = PowerPlannerOptionsJson.Parse(await InputFile.ReadAsync("--config", path, cancellationToken), path);
            var (problem, noData) = await ConfiguredProblem.CreateAsync(options, folders.Builder(path), $"{path}: ", cancellationToken);
            var answer = problem is null ? ExplainAnswer.WithoutData(options, noData!) : ExplainAnswer.Of(options, problem, cancellationToken);
            if (parsed.GetValue(json))
            {
                await terminal.WriteJsonAsync(ExplainOutput.Of(answer), ExplainJson.Default.ExplainOutput);
            }
            else
            {
                ExplainView.Show(terminal.Console(), answer);
            }

            return answer.Result.IsFeasible ? ExitCode.Success : ExitCode.Infeasible;
        });
        return command;
    }
}
