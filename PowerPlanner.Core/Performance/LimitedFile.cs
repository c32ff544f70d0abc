using System.Text;

namespace PowerPlanner.Performance;

/// <summary>Reads whole files of a kind that is small, and never more of one than that: a device or a pipe has no length to look at before.</summary>
internal static class LimitedFile
{
    private const int FirstBytes = 64 * 1024;

    /// <summary>The bytes; null where there are more than <paramref name="most"/>.</summary>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string path, int most, CancellationToken cancellationToken)
    {
        var stream = new FileStream(path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 0 });
        await using (stream.ConfigureAwait(false))
        {
            var length = stream.CanSeek ? stream.Length : 0;
            if (length > most)
            {
                return null;
            }

            // One byte beyond the length shows the end without another buffer.
            var bytes = new byte[Math.Max(FirstBytes, length + 1)];
            for (var read = 0; ;)
            {
                var count = await stream.ReadAsync(bytes.AsMemory(read), cancellationToken).ConfigureAwait(false);
                read += count;
                if (read > most)
                {
                    return null;
                }

                if (count == 0)
                {
                    return bytes.AsMemory(0, read);
                }

                if (read == bytes.Length)
                {
                    Array.Resize(ref bytes, (int)Math.Min(2L * read, most + 1L));
                }
            }
        }
    }

    /// <summary>The text, in the encoding that its byte-order mark tells where it has one; null where there are more than <paramref name="most"/> bytes.</summary>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    public static async ValueTask<string?> ReadTextAsync(string path, int most, Encoding encoding, CancellationToken cancellationToken)
    {
        if (await ReadAsync(path, most, cancellationToken).ConfigureAwait(false) is not { } bytes)
        {
            return null;
        }

        using var reader = new StreamReader(new MemoryStream(bytes.ToArray(), writable: false), encoding);
        return await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
    }
}
