using System.Text.Json;
using System.Text.Json.Nodes;
using PowerPlanner.Hosting;
using PowerPlanner.Planning;

namespace PowerPlanner.Cli.Replay;

/// <summary>The problems of a replay: the configuration's, and one for each event that replaces the performance model.</summary>
/// <param name="configPath">Path of the configuration.</param>
/// <param name="config">The configuration.</param>
/// <param name="eventsPath">Path of the events; files that an event names start from its folder.</param>
/// <param name="folders">Where AIC's data lie.</param>
internal sealed class ReplayProblems(string configPath, ReadOnlyMemory<byte> config, string eventsPath, DataFolders folders)
{
    private static readonly JsonDocumentOptions Tolerant = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly PerformanceModelBuilder _configModels = folders.Builder(configPath);
    private readonly PerformanceModelBuilder _eventModels = folders.Builder(eventsPath);

    /// <summary>The options that the configuration holds.</summary>
    public PowerPlannerOptions Options { get; } = PowerPlannerOptionsJson.Parse(config, configPath);

    /// <summary>The problem of the configuration.</summary>
    /// <exception cref="BadInputException">A file, a name or a layout does not exist.</exception>
    public Task<PlanningProblem> ConfiguredAsync(CancellationToken cancellationToken) => CreateAsync(Options, _configModels, $"{configPath}: ", cancellationToken);

    /// <summary>The same problem with the performance section of an event.</summary>
    /// <exception cref="InvalidOptionsException">A section that no model could mean, or that does not go with the configuration.</exception>
    /// <exception cref="BadInputException">A file, a name or a layout does not exist.</exception>
    public Task<PlanningProblem> WithAsync(ReplayEvent.Performance replacement, CancellationToken cancellationToken)
    {
        var merged = JsonNode.Parse(config.Span, documentOptions: Tolerant)!.AsObject();
        merged["performance"] = JsonNode.Parse(replacement.Section.GetRawText());
        PowerPlannerOptions options;
        try
        {
            options = PowerPlannerOptionsJson.Parse(merged.ToJsonString(), eventsPath);
        }
        catch (InvalidOptionsException exception)
        {
            throw new InvalidOptionsException(eventsPath, [.. exception.Violations.Select(violation => ReplayEventFile.AtLine(violation, replacement.Line))], exception);
        }

        return CreateAsync(options, _eventModels, FormattableString.Invariant($"{eventsPath}: line {replacement.Line}: "), cancellationToken);
    }

    private static async Task<PlanningProblem> CreateAsync(PowerPlannerOptions options, PerformanceModelBuilder models, string where, CancellationToken cancellationToken)
    {
        var (problem, noData) = await ConfiguredProblem.CreateAsync(options, models, where, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var silent = new SilentModel(noData!);
        return options.Mode == DeploymentMode.Aggregated ? PlanningProblemFactory.Create(options, silent) : PlanningProblemFactory.Create(options, silent, silent);
    }
}
