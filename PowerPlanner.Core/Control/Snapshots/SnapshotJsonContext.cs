using System.Text.Json.Serialization;
using PowerPlanner.Control.Loop;

namespace PowerPlanner.Control.Snapshots;

/// <summary>Generated readers and writers of snapshots.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    UseStringEnumConverter = true,
    WriteIndented = false,
    IgnoreReadOnlyProperties = true,
    Converters = [typeof(GpuPowerLimitsConverter), typeof(NewbornCapConverter)])]
[JsonSerializable(typeof(LoopState))]
[JsonSerializable(typeof(SnapshotEnvelope))]
internal sealed partial class SnapshotJsonContext : JsonSerializerContext;
