using System.Text.Json.Serialization;
using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Cli.Clamp;

/// <summary>One answer of <c>powerplanner clamp</c>, as it stands in JSON.</summary>
internal sealed record ClampOutput(string Id, int? Prefill, int? Decode, string? Reason, long ProjectedWatts, long PeakWatts)
{
    public static ClampOutput Of(string id, ClampCase clampCase)
    {
        var answer = BudgetClamp.Apply(clampCase);
        return new ClampOutput(id, answer.Prefill, answer.Decode, ClampReasonNames.Of(answer.Reason), answer.ProjectedWatts, answer.PeakWatts);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(List<ClampOutput>))]
internal sealed partial class ClampJson : JsonSerializerContext;
