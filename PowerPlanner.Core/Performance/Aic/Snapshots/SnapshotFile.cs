using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Snapshots;

/// <summary>The envelope of a snapshot: a header of 52 bytes, then the payload that it describes.</summary>
/// <remarks>
/// <code>
/// offset  bytes
///      0      8  magic: 89 50 50 53 4E 41 50 0A, "PPSNAP" between a byte that no text has and a line feed that text transfers change
///      8      4  format version, little-endian
///     12      8  length of the payload, bytes, little-endian
///     20     32  SHA-256 of the payload
///     52      …  payload
/// </code>
/// </remarks>
internal static class SnapshotFile
{
    /// <summary>
    /// To be raised when the layout of the payload changes, and when the same files give other rows (a rule in <see cref="TableRule"/>): a
    /// snapshot would go on to answer as the older library did.
    /// </summary>
    public const int FormatVersion = 1;

    public const int HeaderBytes = 52;
    private const int VersionAt = 8;
    private const int LengthAt = 12;
    private const int ChecksumAt = 20;

    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'P', (byte)'P', (byte)'S', (byte)'N', (byte)'A', (byte)'P', 0x0A];

    /// <summary>The payload of a file, once its header is found to fit it.</summary>
    /// <exception cref="PerformanceFileException">No snapshot, of another format version, truncated, or damaged.</exception>
    public static ReadOnlySpan<byte> Payload(string path, ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderBytes)
        {
            throw Refused(path, $"has {file.Length} bytes; a snapshot's header alone has {HeaderBytes}.");
        }

        if (!file.StartsWith(Magic))
        {
            throw Refused(path, $"begins with {Convert.ToHexString(file[..Magic.Length])}; a snapshot begins with {Convert.ToHexString(Magic)}.");
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(file[VersionAt..]);
        if (version != FormatVersion)
        {
            throw Refused(path, $"has format version {version}; this library reads version {FormatVersion}. Write the snapshot again.");
        }

        var payload = file[HeaderBytes..];
        var length = BinaryPrimitives.ReadInt64LittleEndian(file[LengthAt..]);
        if (length != payload.Length)
        {
            throw Refused(path, $"states a payload of {length} bytes and has {payload.Length}: it was truncated, or something was appended.");
        }

        var checksum = SHA256.HashData(payload);
        return file.Slice(ChecksumAt, checksum.Length).SequenceEqual(checksum)
            ? payload
            : throw Refused(path, $"has a payload of SHA-256 {Convert.ToHexString(checksum)}; its header states {Convert.ToHexString(file.Slice(ChecksumAt, checksum.Length))}: it is damaged.");
    }

    public static byte[] Header(ReadOnlySpan<byte> payload)
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(VersionAt), FormatVersion);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(LengthAt), payload.Length);
        SHA256.HashData(payload, header.AsSpan(ChecksumAt));
        return header;
    }

    /// <summary>Writes a file beside its place and moves it there: readers see the old one or the new one, never half of it.</summary>
    /// <exception cref="PerformanceFileException">It cannot be written; what was there is untouched.</exception>
    public static async ValueTask WriteAsync(string path, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            using (var handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.Asynchronous, HeaderBytes + payload.Length))
            {
                await RandomAccess.WriteAsync(handle, Header(payload.Span), 0, cancellationToken).ConfigureAwait(false);
                await RandomAccess.WriteAsync(handle, payload, HeaderBytes, cancellationToken).ConfigureAwait(false);
                RandomAccess.FlushToDisk(handle);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new PerformanceFileException(path, $"cannot be written: {e.Message}", e);
        }
        finally
        {
            // After the move there is none; after a failure or a cancellation it is of no use.
            Delete(temporary);
        }
    }

    private static void Delete(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // A folder that cannot be written to: the write's own error says so.
        }
    }

    private static PerformanceFileException Refused(string path, FormattableString problem) => new(path, problem.ToString(CultureInfo.InvariantCulture));
}
