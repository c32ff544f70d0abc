using System.CommandLine;
using PowerPlanner.Cli.Simulate.Report;
using PowerPlanner.Cli.Simulate.Scenarios;
using PowerPlanner.Cli.Simulate.Traces;
using PowerPlanner.Testing.Scenarios;

namespace PowerPlanner.Cli.Simulate;

/// <summary><c>powerplanner simulate</c>: the synthetic fleet with the controller in the loop, through scenarios or through recorded arrivals.</summary>
internal static class SimulateCommand
{
    private const ulong DefaultSeed = 42;

    public static Command Create(Terminal terminal)
    {
        var scenario = new Option<string?>("--scenario") { Description = "A scenario: its name, a JSON file, or all.", HelpName = "NAME|FILE|all" };
        var trace = new Option<string?>("--trace") { Description = "CSV file of arrivals: TIMESTAMP, ContextTokens, GeneratedTokens.", HelpName = "FILE" };
        var config = new Option<string?>("--config") { Description = "With --trace: JSON file with one configuration, as for plan.", HelpName = "FILE" };
        var scale = new Option<double>("--scale") { Description = "With --trace: factor on the arrival rate. Default 1.", HelpName = "X", DefaultValueFactory = _ => 1 };
        var policy = new Option<string>("--policy") { Description = "With --trace: library (default) or reference.", HelpName = "NAME", DefaultValueFactory = _ => "library" };
        var compare = new Option<bool>("--compare") { Description = "With --trace: both policies, at every scale of --scales." };
        var scales = new Option<string>("--scales") { Description = "With --compare: factors. Default 0.25,0.5,1,2,4.", HelpName = "X,…", DefaultValueFactory = _ => "0.25,0.5,1,2,4" };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the noise. Default 42.", HelpName = "N", DefaultValueFactory = _ => DefaultSeed };
        var report = new Option<string?>("--report") { Description = "Write an HTML page with plots over time.", HelpName = "FILE.html" };
        var systems = CommonOptions.Systems();
        var models = CommonOptions.Models();
        var json = CommonOptions.Json();
        var command = new Command("simulate", "Runs the controller on a simulated fleet.") { scenario, trace, config, scale, policy, compare, scales, seed, report, systems, models, json };
        command.Validators.Add(result =>
        {
            var isTrace = result.GetResult(trace) is not null;
            var isComparison = result.GetResult(compare) is not null;
            if (isTrace == result.GetResult(scenario) is not null)
            {
                result.AddError("simulate takes either --scenario NAME|FILE|all or --trace FILE.");
            }

            if (isTrace && result.GetResult(config) is null)
            {
                result.AddError("--trace needs --config FILE.");
            }

            Only(isTrace, "--trace", config, scale, policy, compare, scales);
            Only(isTrace && isComparison, "--compare", scales);
            Only(!isComparison, "a single run, not --compare", scale, policy);

            // An option with a default has a result, which is implicit, when it is not given.
            void Only(bool allowed, string with, params Option[] options)
            {
                foreach (var option in options.Where(option => !allowed && result.GetResult(option) is { Implicit: false }))
                {
                    result.AddError($"{option.Name} goes with {with} only.");
                }
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var asJson = parsed.GetValue(json);
            if (parsed.GetValue(scenario) is { } named)
            {
                return RunScenariosAsync(terminal, named, parsed.GetValue(seed), parsed.GetValue(report), asJson, cancellationToken);
            }

            var folders = DataFolders.Resolve(parsed.GetValue(systems), parsed.GetValue(models));
            var request = new TraceRequest(parsed.GetValue(trace)!, parsed.GetValue(config)!, parsed.GetValue(seed), folders);
            return parsed.GetValue(compare)
                ? TraceRuns.CompareAsync(terminal, request, TraceScales.Parse(parsed.GetValue(scales)!), parsed.GetValue(report), asJson, cancellationToken)
                : TraceRuns.RunAsync(
                    terminal, request, TraceScales.Check("--scale", parsed.GetValue(scale)), TracePolicies.Parse(parsed.GetValue(policy)!), parsed.GetValue(report), asJson, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunScenariosAsync(Terminal terminal, string named, ulong seed, string? report, bool asJson, CancellationToken cancellationToken)
    {
        var runs = new List<ScenarioRun>();
        foreach (var scenario in await ScenarioSelection.FindAsync(named, cancellationToken))
        {
            runs.Add(await ScenarioRunner.RunAsync(scenario, seed, cancellationToken: cancellationToken));
        }

        if (report is not null)
        {
            await ReportPage.WriteAsync(
                report,
                runs.Count == 1 ? FormattableString.Invariant($"Scenario {runs[0].Scenario.Name}") : "Closed-loop scenarios",
                FormattableString.Invariant($"A controller on a simulated fleet, in simulated time; seed {seed}. {runs.Count(run => run.Passed)} of {runs.Count} passed."),
                runs.ConvertAll(ScenarioTimeline.Of),
                cancellationToken);
        }

        if (asJson)
        {
            await terminal.WriteJsonAsync(runs.ConvertAll(ScenarioOutput.Of), ScenarioJson.Default.ListScenarioOutput);
        }
        else
        {
            ScenarioView.Show(terminal.Console(), runs);
        }

        return runs.TrueForAll(run => run.Passed) ? ExitCode.Success : ExitCode.Infeasible;
    }
}
