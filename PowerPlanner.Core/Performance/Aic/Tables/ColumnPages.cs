using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using ZstdSharp;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// Decodes a column of a row group as AIC's tables are written: dictionaries or plain values, Snappy, Zstandard or neither. Whatever else Parquet allows
/// is left to Parquet.Net, whose general code takes several times as long, most of it in the first load of a process.
/// </summary>
/// <remarks>Sizes come from page headers that <see cref="ParquetLayout.ReadPages"/> has checked against the file; spans check the rest.</remarks>
internal readonly ref struct ColumnPages
{
    private const int Uncompressed = 0;
    private const int Snappy = 1;
    private const int Zstandard = 6;

    private readonly ReadOnlySpan<byte> _file;
    private readonly List<ParquetPage> _pages;
    private readonly int _codec;
    private readonly bool _isNullable;

    /// <param name="file">The file's bytes.</param>
    /// <param name="pages">The column's pages.</param>
    /// <param name="codec">By the codes of Parquet's metadata.</param>
    /// <param name="isNullable">Whether pages mark nulls.</param>
    public ColumnPages(ReadOnlySpan<byte> file, List<ParquetPage> pages, int codec, bool isNullable)
    {
        _file = file;
        _pages = pages;
        _codec = codec;
        _isNullable = isNullable;
    }

    /// <summary>Whether all pages are written in one of the ways that are decoded here.</summary>
    public bool IsKnown
    {
        get
        {
            var hasDictionary = false;
            foreach (var page in _pages)
            {
                var isKnown = page.Kind switch
                {
                    ParquetPageKind.Dictionary => !hasDictionary && page.Encoding is ParquetEncoding.Plain or ParquetEncoding.PlainDictionary,
                    ParquetPageKind.Data => IsKnownData(page, hasDictionary) && (!_isNullable || page.LevelEncoding == ParquetEncoding.RunLength),
                    ParquetPageKind.DataVersion2 => IsKnownData(page, hasDictionary) && page.RepetitionBytes == 0,
                    _ => false,
                };
                if (!isKnown)
                {
                    return false;
                }

                hasDictionary |= page.Kind == ParquetPageKind.Dictionary;
            }

            return _codec is Uncompressed or Snappy or Zstandard;
        }
    }

    /// <summary>Integers or reals, with nulls where <paramref name="levels"/> has 0.</summary>
    /// <param name="cells">Receives the values; one a row, with nothing meant where there is a null.</param>
    /// <param name="levels">Receives 1 for a value and 0 for a null; empty where the column is not nullable.</param>
    /// <exception cref="InvalidDataException">The column is damaged.</exception>
    public void ReadNumbers<T>(Span<T> cells, Span<int> levels)
        where T : unmanaged
    {
        T[] dictionary = [];
        foreach (var page in _pages)
        {
            using var content = Open(page);
            if (!page.IsData)
            {
                dictionary = new T[page.Values];
                CopyPlain(content.Bytes, dictionary);
                continue;
            }

            var values = cells[..page.Values];
            var marks = _isNullable ? levels[..page.Values] : default;
            levels = levels[marks.Length..];
            var bytes = TakeLevels(page, content.Bytes, marks);
            var count = _isNullable ? marks.Count(1) : values.Length;
            if (page.Encoding == ParquetEncoding.Plain)
            {
                CopyPlain(bytes, values[..count]);
            }
            else
            {
                var numbers = ArrayPool<int>.Shared.Rent(Math.Max(1, count));
                ReadEntryNumbers(bytes, numbers.AsSpan(0, count), dictionary.Length);
                Fill(dictionary, numbers.AsSpan(0, count), values);
                ArrayPool<int>.Shared.Return(numbers);
            }

            Spread(values, marks, count);
            cells = cells[page.Values..];
        }
    }

    /// <summary>Texts, as numbers of a pool, with nulls where <paramref name="levels"/> has 0.</summary>
    /// <param name="cells">Receives the numbers.</param>
    /// <param name="levels">Receives 1 for a value and 0 for a null; empty where the column is not nullable.</param>
    /// <param name="pool">Numbers the texts.</param>
    /// <exception cref="InvalidDataException">The column is damaged.</exception>
    public void ReadTexts(Span<int> cells, Span<int> levels, TextPool pool)
    {
        int[] dictionary = [];
        foreach (var page in _pages)
        {
            using var content = Open(page);
            if (!page.IsData)
            {
                dictionary = new int[page.Values];
                NumberPlain(content.Bytes, dictionary, pool);
                continue;
            }

            var values = cells[..page.Values];
            var marks = _isNullable ? levels[..page.Values] : default;
            levels = levels[marks.Length..];
            var bytes = TakeLevels(page, content.Bytes, marks);
            var count = _isNullable ? marks.Count(1) : values.Length;
            if (page.Encoding == ParquetEncoding.Plain)
            {
                NumberPlain(bytes, values[..count], pool);
            }
            else
            {
                ReadEntryNumbers(bytes, values[..count], dictionary.Length);
                Fill(dictionary, values[..count], values);
            }

            Spread(values, marks, count);
            cells = cells[page.Values..];
        }
    }

    private static bool IsKnownData(in ParquetPage page, bool hasDictionary) =>
        page.Encoding == ParquetEncoding.Plain
        || (hasDictionary && page.Encoding is ParquetEncoding.PlainDictionary or ParquetEncoding.RunLengthDictionary);

    private PageContent Open(in ParquetPage page)
    {
        var stored = _file.Slice(page.Start, page.CompressedBytes);
        if (_codec == Uncompressed || !page.IsCompressed)
        {
            return new PageContent(stored, null);
        }

        // Levels of a page of version 2 are not compressed: they stay where they are, in front.
        var levels = page.Kind == ParquetPageKind.DataVersion2 ? (int)page.LevelBytes : 0;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, page.Bytes));
        var content = buffer.AsSpan(0, page.Bytes);
        stored[..levels].CopyTo(content);
        var written = Decompress(stored[levels..], content[levels..]);
        return written == content.Length - levels
            ? new PageContent(content, buffer)
            : throw new InvalidDataException($"a page has {written + levels} bytes; {content.Length} are announced");
    }

    private int Decompress(ReadOnlySpan<byte> stored, Span<byte> content)
    {
        if (stored.IsEmpty && content.IsEmpty)
        {
            return 0;
        }

        if (_codec == Snappy)
        {
            return Snappier.Snappy.Decompress(stored, content);
        }

        using var decompressor = new Decompressor();
        return decompressor.Unwrap(stored, content);
    }

    /// <summary>Reads the marks of nulls, and returns the bytes behind them.</summary>
    private ReadOnlySpan<byte> TakeLevels(in ParquetPage page, ReadOnlySpan<byte> content, scoped Span<int> marks)
    {
        var length = page.DefinitionBytes;
        if (page.Kind == ParquetPageKind.Data && _isNullable)
        {
            length = BinaryPrimitives.ReadInt32LittleEndian(content);
            content = content[sizeof(int)..];
        }

        if (length < 0 || length > content.Length)
        {
            throw new InvalidDataException($"a page has {length} bytes of levels with {content.Length} bytes left");
        }

        new PackedRuns(content[..length], 1).Read(marks);
        return content[length..];
    }

    private static void ReadEntryNumbers(ReadOnlySpan<byte> bytes, Span<int> numbers, int entries)
    {
        if (numbers.IsEmpty)
        {
            return;
        }

        if (bytes.IsEmpty)
        {
            throw new InvalidDataException("a page has no values");
        }

        new PackedRuns(bytes[1..], bytes[0]).Read(numbers);
        CheckEntries(numbers, entries);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CheckEntries(ReadOnlySpan<int> numbers, int entries)
    {
        foreach (var number in numbers)
        {
            if ((uint)number >= (uint)entries)
            {
                throw new InvalidDataException($"a value is entry {number} of a dictionary of {entries}");
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fill<T>(T[] dictionary, ReadOnlySpan<int> numbers, Span<T> values)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            values[i] = dictionary[numbers[i]];
        }
    }

    private static void CopyPlain<T>(ReadOnlySpan<byte> bytes, Span<T> values)
        where T : unmanaged
    {
        var length = (long)values.Length * Unsafe.SizeOf<T>();
        if (length > bytes.Length)
        {
            throw new InvalidDataException($"{values.Length} values in {bytes.Length} bytes");
        }

        // Parquet is little-endian, as is every platform that .NET runs on but one.
        bytes[..(int)length].CopyTo(MemoryMarshal.AsBytes(values));
        if (!BitConverter.IsLittleEndian)
        {
            foreach (ref var value in values)
            {
                MemoryMarshal.AsBytes(new Span<T>(ref value)).Reverse();
            }
        }
    }

    private static void NumberPlain(ReadOnlySpan<byte> bytes, Span<int> numbers, TextPool pool)
    {
        foreach (ref var number in numbers)
        {
            var length = bytes.Length < sizeof(int) ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            if (length > bytes.Length - sizeof(int))
            {
                throw new InvalidDataException($"a text is longer than the {bytes.Length} bytes left");
            }

            number = pool.NumberOf(Encoding.UTF8.GetString(bytes.Slice(sizeof(int), (int)length)));
            bytes = bytes[(sizeof(int) + (int)length)..];
        }
    }

    /// <summary>Nulls take no place among the values: moves each value to its row.</summary>
    private static void Spread<T>(Span<T> values, ReadOnlySpan<int> marks, int count)
    {
        for (var row = marks.Length - 1; row >= count; row--)
        {
            if (marks[row] == 1)
            {
                values[row] = values[--count];
            }
        }
    }

    /// <summary>A page's content, in the file itself or in a rented buffer.</summary>
    private readonly ref struct PageContent(ReadOnlySpan<byte> bytes, byte[]? buffer)
    {
        public ReadOnlySpan<byte> Bytes { get; } = bytes;

        public void Dispose()
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
