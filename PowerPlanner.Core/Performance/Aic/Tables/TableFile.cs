using System.Buffers;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>A table file's bytes in a rented buffer.</summary>
internal sealed class TableFile : IDisposable
{
    /// <summary>AIC's largest table has 1.2 MB.</summary>
    private const long MaxBytes = 512 << 20;

    private byte[]? _buffer;
    private readonly int _length;

    private TableFile(string path, byte[] buffer, int length)
    {
        Path = path;
        _buffer = buffer;
        _length = length;
    }

    public string Path { get; }

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    public Stream OpenStream() => new MemoryStream(_buffer!, 0, _length, writable: false);

    /// <exception cref="PerformanceFileException">The file cannot be read, is empty, too large, or a Git LFS pointer.</exception>
    public static async ValueTask<TableFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        byte[]? buffer = null;
        try
        {
            using var handle = File.OpenHandle(path, options: FileOptions.Asynchronous | FileOptions.SequentialScan);
            var length = RandomAccess.GetLength(handle);
            if (length is 0 or > MaxBytes)
            {
                throw new PerformanceFileException(path, $"has {length} bytes; a table has 1 to {MaxBytes}.");
            }

            buffer = ArrayPool<byte>.Shared.Rent((int)length);
            var read = 0;
            while (read < length)
            {
                var count = await RandomAccess.ReadAsync(handle, buffer.AsMemory(read, (int)length - read), read, cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    throw new PerformanceFileException(path, $"ended after {read} of {length} bytes while it was read.");
                }

                read += count;
            }

            GitLfsPointer.Refuse(path, buffer.AsSpan(0, read));
            var file = new TableFile(path, buffer, read);
            buffer = null;
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new PerformanceFileException(path, $"cannot be read: {e.Message}", e);
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    public void Dispose()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }
}
