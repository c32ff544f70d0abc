using System.Text.Json;
using System.Text.Json.Serialization;
using PowerPlanner.Cli.Frontier;
using PowerPlanner.Planning;

namespace PowerPlanner.Cli.Plan;

/// <summary>One answer of <c>powerplanner plan</c>, as it stands in JSON.</summary>
internal sealed record PlanOutput(
    bool Feasible,
    string? Reason,
    string? Detail,
    long? MinimumBudgetWatts,
    long? MinimumGpus,
    PlanOutput.PlanFields? Plan,
    IReadOnlyList<FrontierFields> Frontier,
    PlanOutput.StatsFields Stats)
{
    public static PlanOutput Of(PlanResult result, IReadOnlyList<FrontierPoint> frontier, double elapsedMicroseconds) => new(
        result.IsFeasible,
        result.Reason is { } reason ? CamelCase(reason.ToString()) : null,
        result.Detail,
        result.MinimumBudgetWatts,
        result.MinimumGpus,
        result.Plan is { } plan ? PlanFields.Of(plan) : null,
        [.. frontier.Select(point => FrontierFields.Of(point, (long)result.Plan!.Isl + result.Plan.Osl))],
        new StatsFields(result.Statistics.CandidatesConsidered, result.Statistics.PairsVisited, elapsedMicroseconds));

    private static string CamelCase(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    internal sealed record PlanFields(
        int PrefillReplicas,
        int DecodeReplicas,
        int PrefillCapWatts,
        int DecodeCapWatts,
        int DecodeBatch,
        double ThroughputRequestsPerSecond,
        double ThroughputTokensPerSecond,
        string? Bottleneck,
        long TotalWatts,
        long TotalGpus,
        double TtftMs,
        double ItlMs,
        double CorrectedTtftMs,
        double CorrectedItlMs,
        double? RawPrefillPowerW,
        double? RawDecodePowerW,
        double? RawAggPowerW,
        bool PrefillPowerValid,
        bool DecodePowerValid,
        double RequestsPerSecondPerDecodeReplica,
        double? RequestsPerSecondPerPrefillReplica,
        double ThetaDecode,
        double ThetaPrefillFraction,
        double JoulesPerRequest,
        double JoulesPerToken,
        string? PrefillCapProvenance,
        string? DecodeCapProvenance,
        double? CostPerHour,
        double? MostCostPerHour,
        double? CostPerRequest,
        double? CostPerMillionTokens,
        double? CarbonGramsPerRequest,
        double? CarbonGramsPerHour)
    {
        public static PlanFields Of(PowerPlan plan) => new(
            plan.PrefillReplicas,
            plan.DecodeReplicas,
            plan.PrefillCapWatts,
            plan.DecodeCapWatts,
            plan.DecodeBatch,
            plan.ThroughputRequestsPerSecond,
            plan.ThroughputTokensPerSecond,
            plan.Bottleneck is { } bottleneck ? CamelCase(bottleneck.ToString()) : null,
            plan.TotalWatts,
            plan.TotalGpus,
            plan.TtftMs,
            plan.ItlMs,
            plan.CorrectedTtftMs,
            plan.CorrectedItlMs,
            plan.PrefillPower.RawWatts,
            plan.DecodePower.RawWatts,
            plan.AggregatedPower?.RawWatts,
            plan.PrefillPower.IsValid,
            plan.DecodePower.IsValid,
            plan.RequestsPerSecondPerDecodeReplica,
            plan.RequestsPerSecondPerPrefillReplica,
            plan.ThetaDecode,
            plan.ThetaPrefillFraction,
            plan.JoulesPerRequest,
            plan.JoulesPerToken,
            plan.PrefillCapProvenance is { } prefill ? CamelCase(prefill.ToString()) : null,
            plan.DecodeCapProvenance is { } decode ? CamelCase(decode.ToString()) : null,
            plan.Cost?.PerHour,
            plan.Cost?.MostPerHour,
            plan.Cost?.PerRequest,
            plan.Cost?.PerMillionTokens,
            plan.Cost?.CarbonGramsPerRequest,
            plan.Cost?.CarbonGramsPerHour);
    }

    internal sealed record StatsFields(long CandidatesConsidered, long PairsVisited, double ElapsedMicroseconds);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PlanOutput))]
[JsonSerializable(typeof(List<PlanOutput>))]
internal sealed partial class PlanJson : JsonSerializerContext;
