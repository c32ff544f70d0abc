using System.CommandLine;
using PowerPlanner.Cli.Charts;
using PowerPlanner.Hosting;

namespace PowerPlanner.Cli.Frontier;

/// <summary><c>powerplanner frontier</c>: what each number of watts up to the budget would serve, at which energy and under which caps.</summary>
internal static class FrontierCommand
{
    public static Command Create(Terminal terminal)
    {
        var config = new Option<string>("--config") { Description = "JSON file with one configuration, as for plan.", HelpName = "FILE", Required = true };
        var csv = new Option<bool>("--csv") { Description = "Print CSV instead of a table." };
        var html = new Option<string?>("--html") { Description = "Also write an HTML page with plots over the watts.", HelpName = "FILE.html" };
        var systems = CommonOptions.Systems();
        var models = CommonOptions.Models();
        var json = CommonOptions.Json();
        var command = new Command("frontier", "Shows what each number of watts up to the budget would serve.") { config, json, csv, html, systems, models };
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(csv))
            {
                result.AddError("frontier takes --json or --csv, not both.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folders = DataFolders.Resolve(parsed.GetValue(systems), parsed.GetValue(models));
            var answer = await SolveAsync(parsed.GetRequiredValue(config), folders, cancellationToken);
            if (parsed.GetValue(html) is { } page)
            {
                await HtmlPage.WriteAsync("--html", page, FrontierPage.Render(answer), cancellationToken);
            }

            if (parsed.GetValue(json))
            {
                await terminal.WriteJsonAsync(FrontierOutput.Of(answer), FrontierJson.Default.FrontierOutput);
            }
            else if (parsed.GetValue(csv))
            {
                await terminal.WriteTextAsync(FrontierCsv.Render(answer));
                await terminal.Error.WriteAsync(answer.IsFeasible ? string.Empty : $"{answer.Result.Detail}{Environment.NewLine}");
            }
            else
            {
                FrontierView.Show(terminal.Console(), answer);
            }

            return answer.IsFeasible ? ExitCode.Success : ExitCode.Infeasible;
        });
        return command;
    }

    private static async Task<FrontierAnswer> SolveAsync(string path, DataFolders folders, CancellationToken cancellationToken)
    {
        var options = PowerPlannerOptionsJson.Parse(await InputFile.ReadAsync("--config", path, cancellationToken), path);
        var (problem, noData) = await ConfiguredProblem.CreateAsync(options, folders.Builder(path), $"{path}: ", cancellationToken);
        return problem is null ? FrontierAnswer.WithoutData(options, noData!) : FrontierAnswer.Of(options, problem, cancellationToken);
    }
}
