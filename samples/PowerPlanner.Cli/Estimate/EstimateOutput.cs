using System.Text.Json.Serialization;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;

namespace PowerPlanner.Cli.Estimate;

/// <summary>One answer of <c>powerplanner estimate</c>, as it stands in JSON.</summary>
internal sealed record EstimateOutput
{
    public required string Id { get; init; }

    /// <summary>Where latencies come from: <c>silicon</c>, <c>hybrid</c>, <c>empirical</c> or <c>sol</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>The least sure source of the phase; null where there is no answer.</summary>
    public string? ContextSource { get; init; }

    /// <summary>The least sure source of the phase; null where there is no answer, or no decode step.</summary>
    public string? GenerationSource { get; init; }

    public double? ContextMs { get; init; }

    public double? GenerationMs { get; init; }

    public double? ContextEnergyMj { get; init; }

    public double? GenerationEnergyMj { get; init; }

    public double? ContextPowerW { get; init; }

    public double? GenerationPowerW { get; init; }

    public double? ContextPowerCoverage { get; init; }

    public double? GenerationPowerCoverage { get; init; }

    public double? ContextActivePowerW { get; init; }

    public double? GenerationActivePowerW { get; init; }

    /// <summary>Energy of the whole engine for one request, J; that of the operations with power data standing for all; null where a phase has none.</summary>
    public double? JoulesPerRequest { get; init; }

    /// <summary>The same for one token, input and output, J.</summary>
    public double? JoulesPerToken { get; init; }

    public long? MaxKvTokens { get; init; }

    public IReadOnlyList<OperationFields>? Operations { get; init; }

    public ErrorFields? Error { get; init; }

    internal static string SourceName(Provenance provenance) => provenance switch
    {
        Provenance.Measured => "measured",
        Provenance.Interpolated => "interpolated",
        Provenance.Extrapolated => "extrapolated",
        _ => "modelled",
    };

    internal sealed record OperationFields(string Phase, string Name, double LatencyMs, double EnergyMj, string Source)
    {
        public static OperationFields Of(string phase, AicOperationEstimate operation) =>
            new(phase, operation.Name, operation.LatencyMs, operation.EnergyMillijoules, SourceName(operation.Provenance));
    }

    internal sealed record ErrorFields(string Type, string Message);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EstimateOutput[]))]
internal sealed partial class EstimateJson : JsonSerializerContext;
