using System.Text.Json.Serialization;
using PowerPlanner.Control.Loop;
using PowerPlanner.Control.Snapshots;
using PowerPlanner.Control.Sweeps;
using PowerPlanner.Control.Transitions;

namespace PowerPlanner.Control.Journals;

/// <summary>
/// Generated readers and writers of journals. A state reads as in a snapshot; numbers that are none (NaN, infinities) survive, since a source may
/// have said them.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    WriteIndented = false,
    IgnoreReadOnlyProperties = true,
    Converters = [typeof(GpuPowerLimitsConverter), typeof(NewbornCapConverter), typeof(AdmissionPolicyConverter), typeof(ImmutableArrayConverter<CapCount>), typeof(ImmutableArrayConverter<FrontendState>)])]
[JsonSerializable(typeof(LoopState))]
[JsonSerializable(typeof(ControlOptions))]
[JsonSerializable(typeof(Observation))]
[JsonSerializable(typeof(FleetState))]
[JsonSerializable(typeof(RoleState))]
[JsonSerializable(typeof(CapCount))]
[JsonSerializable(typeof(FrontendState))]
[JsonSerializable(typeof(LoopUpdate))]
[JsonSerializable(typeof(SweepAnswer))]
[JsonSerializable(typeof(SweepQuestion))]
[JsonSerializable(typeof(FleetCommand))]
[JsonSerializable(typeof(SetThresholdsCommand))]
internal sealed partial class JournalJsonContext : JsonSerializerContext;
