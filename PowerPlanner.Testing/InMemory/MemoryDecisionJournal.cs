using System.Buffers;
using PowerPlanner.Control;

namespace PowerPlanner.Testing.InMemory;

/// <summary>A journal in memory: what a test saves when it fails. Thread-safe.</summary>
/// <remarks>Where it has grown beyond its bound, a part begins anew at the next tick and all but the last two parts are forgotten.</remarks>
public sealed class MemoryDecisionJournal : IDecisionJournal
{
    private readonly Lock _lock = new();
    private readonly int _maxBytes;
    private ArrayBufferWriter<byte> _former = new();
    private ArrayBufferWriter<byte> _part = new();

    /// <summary>Creates an empty journal.</summary>
    /// <param name="maxBytes">Bytes after which a part is full; at least 1. Default 32 MiB.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 byte.</exception>
    public MemoryDecisionJournal(int maxBytes = 32 << 20)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        _maxBytes = maxBytes;
    }

    /// <inheritdoc/>
    public bool IsFull
    {
        get
        {
            lock (_lock)
            {
                return _part.WrittenCount >= _maxBytes;
            }
        }
    }

    /// <inheritdoc/>
    public void Begin(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            if (_part.WrittenCount >= _maxBytes)
            {
                (_former, _part) = (_part, _former);
                _part.ResetWrittenCount();
            }

            Add(line);
        }
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            Add(line);
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
    }

    /// <summary>All lines that are remembered.</summary>
    public byte[] ToArray()
    {
        lock (_lock)
        {
            return [.. _former.WrittenSpan, .. _part.WrittenSpan];
        }
    }

    /// <summary>Writes the journal to a file in the folder for temporary files, or in the one that <c>POWERPLANNER_JOURNALS</c> names.</summary>
    /// <param name="name">What it is of; characters that a file's name cannot have are replaced.</param>
    /// <returns>The file, for <c>powerplanner replay --journal</c>; or why there is none.</returns>
    public string Save(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        try
        {
            var folder = Environment.GetEnvironmentVariable("POWERPLANNER_JOURNALS") is { Length: > 0 } chosen ? chosen : Path.Combine(Path.GetTempPath(), "powerplanner-journals");
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, $"{string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' ? letter : '_'))}.jsonl");
            File.WriteAllBytes(path, ToArray());
            return path;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"not saved: {failure.Message}";
        }
    }

    private void Add(ReadOnlySpan<byte> line)
    {
        _part.Write(line);
        _part.Write("\n"u8);
    }
}
