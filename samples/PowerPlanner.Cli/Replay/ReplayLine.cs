using System.Text.Json;
using System.Text.Json.Serialization;
using PowerPlanner.Admission;
using PowerPlanner.Cli.Plan;
using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Cli.Replay;

/// <summary>What stands after one event, as one line of JSON.</summary>
internal sealed record ReplayLine(
    double T,
    string Event,
    ReplayLine.CorrectionFields Corrections,
    int ViolationTicks,
    bool ShouldReoptimize,
    bool Swept,
    bool Disabled,
    string? DisabledReason,
    int ConsecutiveFailures,
    double EstimatedTokensPerSecond,
    string State,
    string? Reason,
    string? Detail,
    ReplayLine.AppliedFields Applied,
    PlanOutput.PlanFields? Planned,
    IReadOnlyList<ReplayLine.CommandFields> Commands,
    long PeakWatts,
    ReplayLine.CounterFields Counters)
{
    /// <summary>The line of an event.</summary>
    /// <param name="happening">The event.</param>
    /// <param name="status">The controller's status after it.</param>
    /// <param name="hasActed">Whether the controller made that status for this event, and so what it says of a tick is of this one.</param>
    /// <param name="fleet">What is in effect.</param>
    public static ReplayLine Of(ReplayEvent happening, ControllerStatus status, bool hasActed, InMemoryFleet fleet) => new(
        happening.Seconds,
        happening.Kind,
        CorrectionFields.Of(status),
        status.ViolationTicks,
        hasActed && happening is ReplayEvent.Observe or ReplayEvent.Budget && status.ShouldReoptimize,
        hasActed && status.Swept,
        status.IsDisabled,
        NameOf(status.DisabledReason),
        status.ConsecutiveFailures,
        status.EstimatedTokensPerSecond,
        status.State.ToString(),
        status.Reason is { } reason ? CamelCase(reason.ToString()) : null,
        status.Detail,
        AppliedFields.Of(fleet.State),
        status.Plan is { } plan ? PlanOutput.PlanFields.Of(plan) : null,
        hasActed ? [.. status.Commands.Select(CommandFields.Of)] : [],
        fleet.PeakWatts,
        CounterFields.Of(status.Counters));

    private static string? NameOf(DisabledReason reason) => reason switch
    {
        Control.DisabledReason.None => null,
        Control.DisabledReason.InfeasibleAtStartup => "infeasible_at_startup",
        Control.DisabledReason.StartupException => "startup_exception",
        _ => "max_consecutive_failures",
    };

    private static string CamelCase(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    internal sealed record CorrectionFields(double Ttft, double Itl, double PowerPrefill, double PowerDecode, double PowerAgg)
    {
        public static CorrectionFields Of(ControllerStatus status) => new(
            status.Corrections.Ttft,
            status.Corrections.Itl,
            status.Corrections.PowerPrefill,
            status.Corrections.PowerDecode,
            status.Corrections.PowerAggregated);
    }

    internal sealed record AppliedFields(
        int PrefillReplicas,
        int DecodeReplicas,
        int PrefillCapWatts,
        int DecodeCapWatts,
        double? ThetaDecode,
        double? ThetaPrefillFraction,
        long? PrefillTokensThreshold)
    {
        public static AppliedFields Of(FleetState fleet)
        {
            var decode = (fleet.Decode ?? fleet.Aggregated)!;
            var thresholds = InForce(fleet);
            return new(
                fleet.Prefill is { } prefill ? prefill.Ready + prefill.Starting : 0,
                decode.Ready + decode.Starting,
                (fleet.Prefill ?? decode).EffectiveCapWatts!.Value,
                decode.EffectiveCapWatts!.Value,
                thresholds?.ThetaDecode,
                thresholds?.ThetaPrefillFraction,
                thresholds?.PrefillTokensThreshold);
        }

        // What every frontend has acknowledged; frontends that differ have nothing in common that could be called in effect.
        private static AdmissionThresholds? InForce(FleetState fleet)
        {
            var first = fleet.Frontends[0].Thresholds;
            return fleet.Frontends.All(frontend => frontend.Thresholds == first) ? first : null;
        }
    }

    /// <summary>A command. Its value is a number, or the thresholds of a frontend.</summary>
    internal sealed record CommandFields(string Kind, string Target, JsonElement Value, bool Ok)
    {
        public static CommandFields Of(CommandResult command) => new(
            CamelCase(command.Kind.ToString()),
            command.Role switch
            {
                FleetRole.Prefill => "prefill",
                FleetRole.Decode => "decode",
                FleetRole.Aggregated => "agg",
                _ => $"frontend:{command.Frontend}",
            },
            command.Thresholds is { } thresholds
                ? JsonSerializer.SerializeToElement(new ThresholdFields(thresholds.ThetaDecode, thresholds.ThetaPrefillFraction, thresholds.PrefillTokensThreshold), ReplayJson.Default.ThresholdFields)
                : JsonSerializer.SerializeToElement(command.Value, ReplayJson.Default.Int32),
            command.Succeeded);
    }

    internal sealed record ThresholdFields(double ThetaDecode, double ThetaPrefillFraction, long? PrefillTokensThreshold);

    internal sealed record CounterFields(
        long Exceptions,
        long CorrectionPegged,
        long PowerClamped,
        long CapClamped,
        long ThroughputRegression,
        long PartialAdmission,
        long FailedAdmission,
        long NoFrontends,
        long MaxBatchedTokensUnavailable,
        long StaleObservations,
        long InvalidObservations,
        long Sweeps,
        long FailedCommands)
    {
        public static CounterFields Of(in ControllerCounters counters) => new(
            counters.Exceptions,
            counters.CorrectionPegged,
            counters.PowerClamped,
            counters.CapClamped,
            counters.ThroughputRegression,
            counters.PartialAdmission,
            counters.FailedAdmission,
            counters.NoFrontends,
            counters.MaxBatchedTokensUnavailable,
            counters.StaleObservations,
            counters.InvalidObservations,
            counters.Sweeps,
            counters.FailedCommands);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReplayLine))]
[JsonSerializable(typeof(ReplayLine.ThresholdFields))]
internal sealed partial class ReplayJson : JsonSerializerContext;
