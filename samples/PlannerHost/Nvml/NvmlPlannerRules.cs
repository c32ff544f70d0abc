using Microsoft.Extensions.Options;
using PowerPlanner.Control;
using PowerPlanner.Hosting;
using PowerPlanner.Planning;

namespace PlannerHost.Nvml;

/// <summary>
/// Holds the planner of a machine to what can be done there: its engines are neither started nor stopped, so a plan with other counts, or of other engines,
/// would be refused for ever.
/// </summary>
/// <param name="optionsName">Name of the planner's options.</param>
/// <param name="options">The GPUs; valid by themselves.</param>
internal sealed class NvmlPlannerRules(string optionsName, NvmlOptions options) : IValidateOptions<PowerPlannerOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PowerPlannerOptions planner)
    {
        if (name != optionsName)
        {
            return ValidateOptionsResult.Skip;
        }

        var violations = Violations(planner).ToList();
        return violations.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(violations);
    }

    /// <summary>What the planner's options contradict, one sentence each.</summary>
    /// <param name="planner">The options.</param>
    public IEnumerable<string> Violations(PowerPlannerOptions planner)
    {
        var isAggregated = planner.Mode == DeploymentMode.Aggregated;
        if ((options.Aggregated is not null) != isAggregated || (options.Prefill is null) != isAggregated || (options.Decode is null) != isAggregated)
        {
            yield return $"Nvml has GPUs for {string.Join(" and ", Roles().Select(role => role.Name))}, and the planner's mode is {(isAggregated ? "agg: Nvml:Aggregated alone is needed" : "disagg: Nvml:Prefill and Nvml:Decode are needed")}.";
            yield break;
        }

        foreach (var (name, gpus) in Roles())
        {
            var (engine, least, leastField) = name switch
            {
                nameof(options.Prefill) => (planner.PrefillEngine, planner.PrefillMinEndpoint ?? planner.MinEndpoint, "prefillMinEndpoint"),
                nameof(options.Decode) => (planner.DecodeEngine, planner.DecodeMinEndpoint ?? planner.MinEndpoint, "decodeMinEndpoint"),
                _ => (planner.AggEngine, planner.MinEndpoint, "minEndpoint"),
            };
            if (engine is not null && (long)engine.Tp * engine.Pp * engine.AttentionDp is var size && size != gpus.GpusPerReplica)
            {
                yield return FormattableString.Invariant($"Nvml:{name}:GpusPerReplica is {gpus.GpusPerReplica}, and the planner's engine has {size} GPUs (tp · pp · attentionDp); they must be the same.");
            }

            var most = Most(planner, gpus);
            if (least != gpus.Replicas || most != gpus.Replicas)
            {
                yield return FormattableString.Invariant($"Nvml:{name} has GPUs for {gpus.Replicas} engines, which nobody starts or stops, and the planner may plan at least {least} and at most {most}; set {leastField} to {gpus.Replicas}, maxReplicas to {Roles().Max(role => role.Gpus.Replicas)} and maxGpuBudget to {Gpus()}.");
            }
        }

        if (planner.OverBudgetPolicy == OverBudgetPolicy.ScaleDown)
        {
            yield return "overBudgetPolicy is ScaleDown, and no engine of this machine can be stopped; TightenCaps (or Hold) is what can be done there.";
        }
    }

    // The ceiling of all GPUs bounds a role by what the others need at least.
    private long Most(PowerPlannerOptions planner, NvmlRoleOptions role) => planner.MaxGpuBudget < 0
        ? planner.MaxReplicas
        : Math.Min(planner.MaxReplicas, (planner.MaxGpuBudget - Gpus() + role.Gpus.Count) / role.GpusPerReplica);

    private long Gpus() => Roles().Sum(role => (long)role.Gpus.Gpus.Count);

    private IEnumerable<(string Name, NvmlRoleOptions Gpus)> Roles()
    {
        foreach (var (name, gpus) in ((string, NvmlRoleOptions?)[])[(nameof(options.Prefill), options.Prefill), (nameof(options.Decode), options.Decode), (nameof(options.Aggregated), options.Aggregated)])
        {
            if (gpus is not null)
            {
                yield return (name, gpus);
            }
        }
    }
}
