using System.Text.Json;

namespace PowerPlanner.Control.Snapshots;

/// <summary>What surrounds the state in a snapshot.</summary>
internal sealed class SnapshotEnvelope
{
    public required string Format { get; init; }

    public required int Version { get; init; }

    /// <summary>SHA-256 of the state's canonical text, hexadecimal.</summary>
    public required string Sha256 { get; init; }

    public required JsonElement State { get; init; }
}
