using System.Text.Json;
using System.Text.Json.Serialization;
using PowerPlanner.Cli.Frontier;
using PowerPlanner.Cli.Plan;
using PowerPlanner.Planning;

namespace PowerPlanner.Cli.Explain;

/// <summary>The answer of <c>powerplanner explain</c>, as it stands in JSON.</summary>
internal sealed record ExplainOutput(
    bool Feasible,
    string? Reason,
    string? Detail,
    long? MinimumBudgetWatts,
    long? MinimumGpus,
    string? BindingConstraint,
    string? Bottleneck,
    double? GainWithoutConstraintRequestsPerSecond,
    double? GainOfOneKilowattRequestsPerSecond,
    double? LossOfOneKilowattRequestsPerSecond,
    double? GainOfOneGpuRequestsPerSecond,
    double? LossOfOneGpuRequestsPerSecond,
    long? WattsToNextPlan,
    long? GpusToNextPlan,
    long? UnusedWatts,
    long? UnusedGpus,
    IReadOnlyList<ExplainOutput.MarginFields> Constraints,
    double? JoulesPerRequest,
    double? JoulesPerToken,
    double? PrefillJoulesPerRequest,
    double? DecodeJoulesPerRequest,
    string? Summary,
    PlanOutput.PlanFields? Plan,
    IReadOnlyList<ExplainOutput.AlternativeFields> Alternatives)
{
    public static ExplainOutput Of(ExplainAnswer answer)
    {
        var explanation = answer.Explanation;
        var tokens = (long)answer.Options.Isl + answer.Options.Osl;
        return new ExplainOutput(
            answer.Result.IsFeasible,
            Name(answer.Result.Reason),
            answer.Result.Detail,
            answer.Result.MinimumBudgetWatts,
            answer.Result.MinimumGpus,
            Name(answer.Binding),
            Name(explanation?.Bottleneck),
            explanation?.GainWithoutConstraintRequestsPerSecond,
            explanation?.GainOfOneKilowattRequestsPerSecond,
            explanation?.LossOfOneKilowattRequestsPerSecond,
            explanation?.GainOfOneGpuRequestsPerSecond,
            explanation?.LossOfOneGpuRequestsPerSecond,
            explanation?.WattsToNextPlan,
            explanation?.GpusToNextPlan,
            explanation?.UnusedWatts,
            explanation?.UnusedGpus,
            [.. (explanation?.Margins ?? []).Select(MarginFields.Of)],
            explanation?.JoulesPerRequest,
            explanation?.JoulesPerToken,
            explanation?.PrefillJoulesPerRequest,
            explanation?.DecodeJoulesPerRequest,
            explanation?.Summary,
            answer.Result.Plan is { } plan ? PlanOutput.PlanFields.Of(plan) : null,
            [.. answer.Alternatives.Select(alternative => new AlternativeFields(Name<AlternativeKind>(alternative.Kind)!, FrontierFields.Of(alternative.Point, tokens)))]);
    }

    private static string? Name<T>(T? value)
        where T : struct, Enum => value is { } known ? JsonNamingPolicy.CamelCase.ConvertName(known.ToString()) : null;

    internal sealed record MarginFields(string Constraint, string Unit, double? Limit, double Used, double? Margin, double? GainWithoutRequestsPerSecond)
    {
        public static MarginFields Of(ConstraintMargin margin) =>
            new(Name<BindingConstraint>(margin.Constraint)!, ConstraintWords.Unit(margin.Constraint), margin.Limit, margin.Used, margin.Margin, margin.GainWithoutRequestsPerSecond);
    }

    internal sealed record AlternativeFields(string Kind, FrontierFields Plan);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ExplainOutput))]
internal sealed partial class ExplainJson : JsonSerializerContext;
