using System.Security.Cryptography;
using System.Text.Json;
using PowerPlanner.Control.Loop;

namespace PowerPlanner.Control.Snapshots;

/// <summary>A snapshot as JSON: format, version, checksum of the state, state. Source-generated, so that it works without reflection.</summary>
internal static class SnapshotJson
{
    internal const string Format = "powerplanner.controller";
    internal const int Version = 2;

    // A snapshot is a few kilobytes; what is much larger is no snapshot.
    private const int MostCharacters = 1 << 20;

    public static string Write(in LoopState memory)
    {
        var state = JsonSerializer.SerializeToUtf8Bytes(memory, SnapshotJsonContext.Default.LoopState);
        using var document = JsonDocument.Parse(state);
        var envelope = new SnapshotEnvelope { Format = Format, Version = Version, Sha256 = Checksum(state), State = document.RootElement };
        return JsonSerializer.Serialize(envelope, SnapshotJsonContext.Default.SnapshotEnvelope);
    }

    /// <exception cref="InvalidSnapshotException">The text is damaged, of an unknown version, or holds impossible values.</exception>
    public static LoopState Read(string json)
    {
        if (json.Length > MostCharacters)
        {
            throw new InvalidSnapshotException(FormattableString.Invariant($"The snapshot has {json.Length} characters; at most {MostCharacters} are allowed."));
        }

        try
        {
            var envelope = JsonSerializer.Deserialize(json, SnapshotJsonContext.Default.SnapshotEnvelope)
                ?? throw new InvalidSnapshotException("The snapshot is null; a JSON object is allowed.");
            if (envelope.Format != Format)
            {
                throw new InvalidSnapshotException($"The snapshot's format is '{envelope.Format}'; '{Format}' is allowed.");
            }

            if (envelope.Version != Version)
            {
                throw new InvalidSnapshotException(FormattableString.Invariant($"The snapshot's version is {envelope.Version}; this library reads version {Version}."));
            }

            var memory = envelope.State.Deserialize(SnapshotJsonContext.Default.LoopState);

            // Over what was understood, so that white space and the order of fields don't matter and everything else does.
            var checksum = Checksum(JsonSerializer.SerializeToUtf8Bytes(memory, SnapshotJsonContext.Default.LoopState));
            if (!string.Equals(checksum, envelope.Sha256, StringComparison.OrdinalIgnoreCase))
            {
                throw new InvalidSnapshotException($"The snapshot's checksum is '{envelope.Sha256}'; its state has {checksum}: it is damaged.");
            }

            SnapshotCheck.ThrowIfImpossible(memory);
            return memory;
        }
        catch (Exception failure) when (failure is JsonException or NotSupportedException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw new InvalidSnapshotException($"The snapshot cannot be read: {failure.Message}", failure);
        }
    }

    private static string Checksum(ReadOnlySpan<byte> state) => Convert.ToHexStringLower(SHA256.HashData(state));
}
