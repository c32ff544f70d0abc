using System.Security.Cryptography;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Snapshots;

/// <summary>A file that fed a table, as it was.</summary>
/// <param name="Path">Below the systems folder.</param>
/// <param name="Kernels">The kernels whose rows it lent, in ordinal order, joined by line feeds; null = all its rows.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Of its bytes, hexadecimal.</param>
internal sealed record SourceStamp(string Path, string? Kernels, long Length, string Sha256)
{
    private const int HashBytes = 32;

    /// <summary>What a stamp takes in a payload at least.</summary>
    private const int LeastBytes = sizeof(int) + 1 + sizeof(long) + HashBytes;

    /// <summary>Stamps of files as they are now.</summary>
    /// <exception cref="PerformanceFileException">A file cannot be read.</exception>
    public static async ValueTask<SourceStamp[]> OfAsync(IReadOnlyList<TableSource> sources, FolderTables tables, CancellationToken cancellationToken)
    {
        var stamps = new SourceStamp[sources.Count];
        for (var i = 0; i < stamps.Length; i++)
        {
            var source = sources[i];
            var (length, hash) = await FileTimeLimit.Default
                .RunAsync(source.Path, token => HashAsync(source.Path, token), cancellationToken).ConfigureAwait(false);
            var kernels = source.Kernels is null ? null : string.Join('\n', source.Kernels.Order(StringComparer.Ordinal));
            stamps[i] = new SourceStamp(tables.RelativePath(source), kernels, length, hash);
        }

        return stamps;
    }

    public static void Write(SourceStamp[] stamps, SnapshotWriter writer)
    {
        writer.Integer(stamps.Length);
        foreach (var stamp in stamps)
        {
            writer.Text(stamp.Path);
            writer.OptionalText(stamp.Kernels);
            writer.Long(stamp.Length);
            writer.Fixed(Convert.FromHexString(stamp.Sha256));
        }
    }

    public static SourceStamp[] Read(ref SnapshotReader reader)
    {
        var stamps = new SourceStamp[reader.Count(LeastBytes, "number of sources")];
        for (var i = 0; i < stamps.Length; i++)
        {
            stamps[i] = new SourceStamp(
                reader.Text("path of a source"),
                reader.OptionalText("kernels of a source"),
                reader.Long("length of a source"),
                Convert.ToHexString(reader.Fixed(HashBytes, "SHA-256 of a source")));
        }

        return stamps;
    }

    private static async ValueTask<(long Length, string Sha256)> HashAsync(string path, CancellationToken cancellationToken)
    {
        using var file = await TableFile.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        return (file.Bytes.Length, Convert.ToHexString(SHA256.HashData(file.Bytes.Span)));
    }
}
