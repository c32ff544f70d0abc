using System.CommandLine;
using System.Diagnostics;
using PowerPlanner.Hosting;
using PowerPlanner.Planning;

namespace PowerPlanner.Cli.Plan;

/// <summary><c>powerplanner plan</c>: the best plan of one configuration, or of many.</summary>
internal static class PlanCommand
{
    public static Command Create(Terminal terminal)
    {
        var config = new Option<string?>("--config") { Description = "JSON file with one configuration.", HelpName = "FILE" };
        var problems = new Option<string?>("--problems") { Description = "JSON file with an array of configurations.", HelpName = "FILE" };
        var systems = CommonOptions.Systems();
        var models = CommonOptions.Models();
        var json = CommonOptions.Json();
        var command = new Command("plan", "Finds the best plan inside the budgets.") { config, problems, systems, models, json };
        command.Validators.Add(result =>
        {
            if (result.GetResult(config) is null == result.GetResult(problems) is null)
            {
                result.AddError("plan takes either --config FILE or --problems FILE.");
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var folders = DataFolders.Resolve(parsed.GetValue(systems), parsed.GetValue(models));
            var asJson = parsed.GetValue(json);
            return parsed.GetValue(config) is { } one
                ? PlanOneAsync(terminal, one, folders, asJson, cancellationToken)
                : PlanManyAsync(terminal, parsed.GetValue(problems)!, folders, asJson, cancellationToken);
        });
        return command;
    }

    private static async Task<int> PlanOneAsync(Terminal terminal, string path, DataFolders folders, bool asJson, CancellationToken cancellationToken)
    {
        var options = PowerPlannerOptionsJson.Parse(await InputFile.ReadAsync("--config", path, cancellationToken), path);
        var answer = await SolveAsync(options, folders.Builder(path), path, string.Empty, cancellationToken);
        if (asJson)
        {
            await terminal.WriteJsonAsync(answer.ToOutput(), PlanJson.Default.PlanOutput);
        }
        else
        {
            PlanView.Show(terminal.Console(), options, answer);
        }

        return answer.Result.IsFeasible ? ExitCode.Success : ExitCode.Infeasible;
    }

    private static async Task<int> PlanManyAsync(Terminal terminal, string path, DataFolders folders, bool asJson, CancellationToken cancellationToken)
    {
        var problems = PowerPlannerOptionsJson.ParseMany(await InputFile.ReadAsync("--problems", path, cancellationToken), path);
        var models = folders.Builder(path);
        var answers = new List<PlanAnswer>(problems.Length);
        for (var i = 0; i < problems.Length; i++)
        {
            answers.Add(await SolveAsync(problems[i], models, path, FormattableString.Invariant($"[{i}]."), cancellationToken));
        }

        if (asJson)
        {
            await terminal.WriteJsonAsync(answers.ConvertAll(answer => answer.ToOutput()), PlanJson.Default.ListPlanOutput);
        }
        else
        {
            PlanView.ShowMany(terminal.Console(), answers);
        }

        return ExitCode.Success;
    }

    private static async Task<PlanAnswer> SolveAsync(PowerPlannerOptions options, PerformanceModelBuilder models, string path, string prefix, CancellationToken cancellationToken)
    {
        var (problem, noData) = await ConfiguredProblem.CreateAsync(options, models, $"{path}: {prefix}", cancellationToken);
        if (problem is null)
        {
            return new PlanAnswer(new PlanResult { Reason = InfeasibleReason.ModelFailed, Detail = noData }, [], null, 0);
        }

        var watch = Stopwatch.StartNew();
        var planner = Planner.Prepare(problem, cancellationToken);
        var result = planner.Plan();
        watch.Stop();
        return new PlanAnswer(result, result.IsFeasible ? planner.Frontier(problem.Limits, problem.Corrections) : [], result.IsFeasible ? planner.Explain(problem.Limits, problem.Corrections) : null, watch.Elapsed.TotalMicroseconds);
    }
}
