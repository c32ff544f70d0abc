using PowerPlanner.Cli.Simulate.Report;
using PowerPlanner.Hosting;
using PowerPlanner.Performance;

namespace PowerPlanner.Cli.Simulate.Traces;

/// <summary>What every run of a trace starts from.</summary>
internal sealed record TraceRequest(string Trace, string Config, ulong Seed, DataFolders Folders);

/// <summary>Runs a trace once, or under both policies at several scales.</summary>
internal static class TraceRuns
{
    public static async Task<int> RunAsync(
        Terminal terminal,
        TraceRequest request,
        double scale,
        TracePolicyKind policy,
        string? report,
        bool asJson,
        CancellationToken cancellationToken)
    {
        var simulation = await PrepareAsync(request, cancellationToken);
        var run = await simulation.RunAsync(request.Trace, policy, scale, request.Seed, cancellationToken);
        await ReportAsync(report, [run], cancellationToken);
        if (asJson)
        {
            await terminal.WriteJsonAsync(run.Output, TraceJson.Default.TraceOutput);
        }
        else
        {
            TraceView.Show(terminal.Console(), [run.Output]);
        }

        return ExitCode.Success;
    }

    public static async Task<int> CompareAsync(Terminal terminal, TraceRequest request, IReadOnlyList<double> scales, string? report, bool asJson, CancellationToken cancellationToken)
    {
        var simulation = await PrepareAsync(request, cancellationToken);
        var runs = new List<TraceRun>();
        foreach (var scale in scales)
        {
            runs.Add(await simulation.RunAsync(request.Trace, TracePolicyKind.Library, scale, request.Seed, cancellationToken));
            runs.Add(await simulation.RunAsync(request.Trace, TracePolicyKind.Reference, scale, request.Seed, cancellationToken));
        }

        await ReportAsync(report, runs, cancellationToken);
        if (asJson)
        {
            await terminal.WriteJsonAsync(runs.ConvertAll(run => run.Output), TraceJson.Default.ListTraceOutput);
        }
        else
        {
            TraceView.Show(terminal.Console(), runs.ConvertAll(run => run.Output));
        }

        return ExitCode.Success;
    }

    private static async Task<TraceSimulation> PrepareAsync(TraceRequest request, CancellationToken cancellationToken)
    {
        var path = request.Config;
        var options = PowerPlannerOptionsJson.Parse(await InputFile.ReadAsync("--config", path, cancellationToken), path);
        if (options.Performance is null)
        {
            throw new BadInputException($"{path}: performance: missing; allowed: an object with a kind: fixed, table, aic, roofline or profiled");
        }

        var ticks = await TraceFile.ReadAsync(request.Trace, ControlOptionsFactory.Create(options).Tick, cancellationToken);
        try
        {
            return new TraceSimulation(options, await PlanningProblemFactory.CreateAsync(options, request.Folders.Builder(path), cancellationToken), ticks);
        }
        catch (PerformanceException exception)
        {
            var field = exception is InvalidLayoutException ? "engine" : "performance";
            throw new BadInputException($"{path}: {field}: {exception.Message}", exception);
        }
    }

    private static async Task ReportAsync(string? report, List<TraceRun> runs, CancellationToken cancellationToken)
    {
        if (report is not null)
        {
            var first = runs[0].Output;
            var lead = FormattableString.Invariant($"Recorded arrivals on a simulated fleet of the configured engines, in simulated time; seed {first.Seed}.");
            await ReportPage.WriteAsync(report, $"Trace {Path.GetFileName(first.Trace)}", lead, runs.ConvertAll(run => run.ToTimeline()), cancellationToken);
        }
    }
}
