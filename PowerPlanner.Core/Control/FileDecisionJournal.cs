using System.Buffers;
using System.Globalization;

namespace PowerPlanner.Control;

/// <summary>
/// A journal in a file that is renamed when it is full: <c>name.jsonl</c>, <c>name.1.jsonl</c> (the one before) and so on; the oldest is deleted. A
/// process that starts goes on in the file that is there. Each file replays by itself. Thread-safe.
/// </summary>
/// <remarks>
/// A tick's lines are written at its end in one go, without forcing them onto the disk: they outlive the process, not always the machine. A file that
/// cannot be opened or written, as on a full disk, costs the lines of that tick; the next tick tries again. Only one process can write
/// a file; choose a local disk, since the loop waits for the write.
/// </remarks>
public sealed class FileDecisionJournal : IDecisionJournal, IDisposable
{
    /// <summary>Most bytes of a file where nothing else is said: 16 MiB, about a week at one tick a minute.</summary>
    public const long DefaultMaxBytes = 16L << 20;

    /// <summary>Most files where nothing else is said.</summary>
    public const int DefaultMaxFiles = 4;

    /// <summary>The least that <c>maxBytes</c> may be: room for a whole state and some ticks.</summary>
    public const long LeastMaxBytes = 64L << 10;

    // Room that is kept for a tick before the first one has shown its size.
    private const int UsualTick = 8 << 10;

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _pending = new(UsualTick);
    private readonly Func<string, Stream> _open;
    private readonly long _maxBytes;
    private readonly int _maxFiles;
    private Stream? _stream;
    private long _length;
    private long _largestTick = UsualTick;
    private bool _isDisposed;

    /// <summary>Creates the journal; the file is opened, and its folder made, when the first tick ends.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">Most bytes of a file; at least <see cref="LeastMaxBytes"/>.</param>
    /// <param name="maxFiles">Most files, the present one included; at least 1.</param>
    /// <exception cref="ArgumentException">No path.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A bound is too small.</exception>
    public FileDecisionJournal(string path, long maxBytes = DefaultMaxBytes, int maxFiles = DefaultMaxFiles)
        : this(path, maxBytes, maxFiles, Open)
    {
    }

    internal FileDecisionJournal(string path, long maxBytes, int maxFiles, Func<string, Stream> open)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, LeastMaxBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxFiles, 1);
        FilePath = Path.GetFullPath(path);
        _maxBytes = maxBytes;
        _maxFiles = maxFiles;
        _open = open;
    }

    /// <summary>The file that is written now.</summary>
    public string FilePath { get; }

    /// <inheritdoc/>
    public bool IsFull
    {
        get
        {
            lock (_lock)
            {
                return !HasRoom(0);
            }
        }
    }

    /// <inheritdoc/>
    public void Begin(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _pending.Clear();
            _stream ??= Opened();
            if (_length > 0 && !HasRoom(line.Length + 1))
            {
                Rotate();
            }

            Add(line);
        }
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            Add(line);
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            Write();
        }
    }

    /// <summary>Writes what is left, and closes the file. A second call does nothing.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            try
            {
                Write();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // Nobody is left to be told.
            }

            _isDisposed = true;
            Close();
        }
    }

    private static FileStream Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);

        // Readers are welcome, a second writer is not. Where locks are advisory only "nobody" keeps it out, and readers that ask for no lock come in.
        var share = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None;
        return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share, bufferSize: 0);
    }

    private bool HasRoom(int bytes) => _length + _pending.WrittenCount + bytes + (2 * _largestTick) <= _maxBytes;

    private void Add(ReadOnlySpan<byte> line)
    {
        if (_length + _pending.WrittenCount + line.Length + 1 > _maxBytes)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"{FilePath}: a line of {line.Length} bytes does not fit; a file has {_maxBytes} bytes at most, {_length + _pending.WrittenCount} are written."));
        }

        _pending.Write(line);
        _pending.Write("\n"u8);
    }

    private void Write()
    {
        var bytes = _pending.WrittenSpan;
        if (bytes.IsEmpty)
        {
            return;
        }

        try
        {
            _stream!.Write(bytes);
            _stream.Flush();
            _length += bytes.Length;
            _largestTick = Math.Max(_largestTick, Math.Min(bytes.Length, _maxBytes / 8));
        }
        catch
        {
            Abandon();
            throw;
        }
        finally
        {
            _pending.Clear();
        }
    }

    /// <summary>Takes back what was written in part, as far as that goes, and opens the file anew next time.</summary>
    private void Abandon()
    {
        try
        {
            _stream?.SetLength(_length);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // A line that was cut short is told from whole ones by whoever reads it.
        }

        Close();
    }

    private void Close()
    {
        try
        {
            _stream?.Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Closed all the same.
        }

        _stream = null;
        _length = 0;
    }

    private Stream Opened()
    {
        var stream = _open(FilePath);
        try
        {
            _length = stream.Length;
            stream.Seek(-Math.Min(1, _length), SeekOrigin.End);
            if (_length > 0 && stream.ReadByte() != '\n')
            {
                // The process before this one died while it wrote.
                stream.Write("\n"u8);
                _length++;
            }

            return stream;
        }
        catch
        {
            stream.Dispose();
            _length = 0;
            throw;
        }
    }

    private void Rotate()
    {
        Close();
        if (_maxFiles == 1)
        {
            File.Delete(FilePath);
        }

        for (var i = _maxFiles - 1; i >= 1; i--)
        {
            var from = i == 1 ? FilePath : Numbered(i - 1);
            if (File.Exists(from))
            {
                File.Move(from, Numbered(i), overwrite: true);
            }
        }

        _stream = Opened();
    }

    private string Numbered(int number) => string.Create(
        CultureInfo.InvariantCulture, $"{Path.Combine(Path.GetDirectoryName(FilePath)!, Path.GetFileNameWithoutExtension(FilePath))}.{number}{Path.GetExtension(FilePath)}");
}
