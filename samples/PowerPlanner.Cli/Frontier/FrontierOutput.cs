using System.Text.Json;
using System.Text.Json.Serialization;

namespace PowerPlanner.Cli.Frontier;

/// <summary>The answer of <c>powerplanner frontier</c>, as it stands in JSON.</summary>
internal sealed record FrontierOutput(
    bool Feasible,
    string? Reason,
    string? Detail,
    long? MinimumBudgetWatts,
    long? MinimumGpus,
    int Isl,
    int Osl,
    int? TotalGpuPowerLimitWatts,
    int? MaxGpuBudget,
    int NonGpuWattsPerGpu,
    IReadOnlyList<FrontierFields> Frontier)
{
    public static FrontierOutput Of(FrontierAnswer answer)
    {
        // A demand that is out of reach is no word against the trade-offs: they know no demand.
        var missing = answer.IsFeasible ? null : answer.Result;
        return new FrontierOutput(
            answer.IsFeasible,
            missing?.Reason is { } reason ? JsonNamingPolicy.CamelCase.ConvertName(reason.ToString()) : null,
            missing?.Detail,
            missing?.MinimumBudgetWatts,
            missing?.MinimumGpus,
            answer.Options.Isl,
            answer.Options.Osl,
            answer.Options.TotalGpuPowerLimitWatts,
            answer.GpuBudget,
            answer.Options.NonGpuWattsPerGpu,
            [.. answer.Points.Select(point => FrontierFields.Of(point, answer.TokensPerRequest))]);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FrontierOutput))]
internal sealed partial class FrontierJson : JsonSerializerContext;
