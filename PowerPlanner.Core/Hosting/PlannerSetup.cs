using Microsoft.Extensions.Options;
using PowerPlanner.Performance;
using PowerPlanner.Planning;

namespace PowerPlanner.Hosting;

/// <summary>What a host says about one deployment besides its options. Complete when the service provider is built.</summary>
/// <param name="name">Name of the deployment, and key of its services.</param>
/// <param name="optionsName">Name of its options.</param>
internal sealed class PlannerSetup(string name, string optionsName) : IValidateOptions<PowerPlannerOptions>
{
    /// <summary>Name of the deployment, and key of its services.</summary>
    public string Name => name;

    /// <summary>Name of its options.</summary>
    public string OptionsName => optionsName;

    /// <summary>Performance of the engine that prefills, or does both; null = what the options pick.</summary>
    public IPerformanceModel? PrefillModel { get; set; }

    /// <summary>Performance of the engine that decodes, or does both; null = what the options pick.</summary>
    public IPerformanceModel? DecodeModel { get; set; }

    /// <summary>AIC's folder of systems; null = none.</summary>
    public string? SystemsDirectory { get; set; }

    /// <summary>Folder of model configurations; null = none.</summary>
    public string? ModelsDirectory { get; set; }

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PowerPlannerOptions options)
    {
        if (name != OptionsName)
        {
            return ValidateOptionsResult.Skip;
        }

        var violations = PowerPlannerOptionsValidator.FindAll(options);
        if (PrefillModel is null && options.Performance is null)
        {
            violations = violations.Add(new OptionViolation("performance", "missing", """an object such as { "kind": "aic", … }, or a model of the host's own (UsePerformanceModel)"""));
        }
        else if (PrefillModel is not null && options.Performance is not null)
        {
            violations = violations.Add(new OptionViolation("performance", "present", "nothing, since the host brings a model of its own (UsePerformanceModel)"));
        }
        else if (PrefillModel is not null && options.Mode == DeploymentMode.Aggregated && !ReferenceEquals(PrefillModel, DecodeModel))
        {
            violations = violations.Add(new OptionViolation("mode", "agg", "disagg, since the host brings a model for each role (UsePerformanceModels)"));
        }

        return violations.IsEmpty ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(violations.Select(violation => $"planner '{Name}': {violation}"));
    }

    /// <summary>The planning problem around the host's models, or the ones that the options pick.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="baseDirectory">Folder that relative paths start from; null: the current folder.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public ValueTask<PlanningProblem> CreateProblemAsync(PowerPlannerOptions options, string? baseDirectory, CancellationToken cancellationToken)
    {
        if (PrefillModel is not { } prefill || DecodeModel is not { } decode)
        {
            var catalog = new AicCatalog(SystemsDirectory, ModelsDirectory, baseDirectory);
            return PlanningProblemFactory.CreateAsync(options, new PerformanceModelBuilder(catalog, baseDirectory), cancellationToken);
        }

        return ValueTask.FromResult(options.Mode == DeploymentMode.Aggregated
            ? PlanningProblemFactory.Create(options, decode)
            : PlanningProblemFactory.Create(options, prefill, decode));
    }
}
