using System.Buffers.Binary;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// What a Parquet file says about itself, checked against its own size before any of it is believed: a damaged file must end in an error, not
/// in an endless loop or in gigabytes of memory. Only flat schemas are known; AIC's tables have no other.
/// </summary>
internal sealed class ParquetLayout
{
    /// <summary>The largest table of AIC has 65,268 rows in 1.2 MB; the limits leave room for tables of a thousand times as many.</summary>
    public const long MaxRows = 64 << 20;

    /// <summary>A run of equal values takes a few bytes, but measured latencies differ: real tables have less than 10 rows a byte.</summary>
    private const long MaxRowsPerByte = 1024;

    /// <summary>Writers end a page at about 1 MiB, whatever it compresses to.</summary>
    private const int UsualPageBytes = 2 << 20;

    /// <summary>Deflate's best ratio is 1032; what compresses better than this (equal values) does not fill a page larger than usual.</summary>
    private const int MaxPageBytesPerByte = 1024;

    private const int MaxPageBytes = 256 << 20;

    private const int TailLength = 8;

    private const int ConvertedUtf8 = 0;
    private const int ConvertedInt64 = 18;

    private ParquetLayout(IReadOnlyList<ParquetColumn> columns, IReadOnlyList<ParquetRowGroup> rowGroups)
    {
        Columns = columns;
        RowGroups = rowGroups;
    }

    public IReadOnlyList<ParquetColumn> Columns { get; }

    public IReadOnlyList<ParquetRowGroup> RowGroups { get; }

    /// <summary>Reads the footer.</summary>
    /// <exception cref="InvalidDataException">The file contradicts itself, or is no Parquet file.</exception>
    public static ParquetLayout Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < 4 + TailLength || !file.StartsWith("PAR1"u8) || !file.EndsWith("PAR1"u8))
        {
            throw new InvalidDataException(
                $"'PAR1' is expected at both ends of {file.Length} bytes, not {Quoted(file[..Math.Min(4, file.Length)])} and {Quoted(file[Math.Max(0, file.Length - 4)..])}");
        }

        var footerLength = BinaryPrimitives.ReadUInt32LittleEndian(file[^TailLength..]);
        if (footerLength > file.Length - TailLength - 4)
        {
            throw new InvalidDataException($"the footer's length is {footerLength} bytes in a file of {file.Length}");
        }

        var footerStart = file.Length - TailLength - (int)footerLength;
        var layout = ReadFooter(file.Slice(footerStart, (int)footerLength));
        layout.Check(file.Length, footerStart);
        return layout;
    }

    /// <summary>The pages of one column of a row group, by their headers: sizes stay inside, values add up.</summary>
    /// <exception cref="InvalidDataException">They do not.</exception>
    public static List<ParquetPage> ReadPages(ReadOnlySpan<byte> file, ParquetChunk chunk)
    {
        var pages = new List<ParquetPage>();
        var at = chunk.Start;
        var end = chunk.Start + chunk.CompressedBytes;
        for (long values = 0; values < chunk.Values;)
        {
            if (at >= end)
            {
                throw new InvalidDataException($"its pages hold {values} values; {chunk.Values} are announced");
            }

            var shape = new ThriftCompactReader(file[(int)at..(int)end]);
            ParquetShapes.PageHeader.Check(ref shape);
            var reader = new ThriftCompactReader(file[(int)at..(int)end]);
            var page = ReadPageHeader(ref reader);
            at += reader.Position;
            if (page.CompressedBytes < 0 || page.CompressedBytes > end - at)
            {
                throw new InvalidDataException($"a page of {page.CompressedBytes} bytes with {end - at} bytes left");
            }

            var most = Math.Min(MaxPageBytes, UsualPageBytes + ((long)MaxPageBytesPerByte * page.CompressedBytes));
            if (page.Bytes < 0 || page.Bytes > most)
            {
                throw new InvalidDataException($"a page of {page.CompressedBytes} bytes has {page.Bytes} uncompressed; allowed are 0 to {most}");
            }

            var content = file.Slice((int)at, page.CompressedBytes);
            if (page.LevelBytes > content.Length)
            {
                throw new InvalidDataException($"a page of {page.CompressedBytes} bytes with {page.LevelBytes} bytes of levels");
            }

            if (page.IsCompressed && CompressedPage.ClaimedBytes(chunk.Codec, content[(int)page.LevelBytes..]) is { } claimed && claimed > (ulong)page.Bytes)
            {
                throw new InvalidDataException($"a page of {page.Bytes} bytes uncompressed claims to have {claimed} inside");
            }

            // A dictionary's entries and an index are no values of the column.
            if (page.Values < 0 || page.Values > chunk.Values || (page.IsData && (page.Values == 0 || page.Values > chunk.Values - values)))
            {
                throw new InvalidDataException($"a page of {page.Values} values with {chunk.Values - values} values missing");
            }

            pages.Add(page with { Start = (int)at });
            values += page.IsData ? page.Values : 0;
            at += page.CompressedBytes;
        }

        return pages;
    }

    private static ParquetLayout ReadFooter(ReadOnlySpan<byte> footer)
    {
        var shape = new ThriftCompactReader(footer);
        ParquetShapes.FileMetaData.Check(ref shape);
        var reader = new ThriftCompactReader(footer);
        List<ParquetColumn>? columns = null;
        List<ParquetRowGroup>? groups = null;
        var rows = -1L;
        reader.BeginStruct();
        for (var field = 0; reader.NextField(ref field, out var type);)
        {
            switch (field)
            {
                case 2:
                    columns = ReadSchema(ref reader, type);
                    break;
                case 3:
                    rows = reader.ReadInt64(type);
                    break;
                case 4:
                    groups = ReadList(ref reader, type, ThriftType.Struct, ReadRowGroup);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (columns is null || groups is null)
        {
            throw new InvalidDataException("the footer has no schema or no row groups");
        }

        var sum = 0L;
        foreach (var group in groups)
        {
            sum += group.Rows is >= 0 and <= MaxRows ? group.Rows : throw new InvalidDataException($"a row group has {group.Rows} rows; allowed are 0 to {MaxRows}");
        }

        return sum == rows ? new ParquetLayout(columns, groups) : throw new InvalidDataException($"the footer announces {rows} rows; its row groups have {sum}");
    }

    private void Check(long fileLength, long footerStart)
    {
        var rows = 0L;
        foreach (var group in RowGroups)
        {
            rows += group.Rows;
            if (rows > MaxRows || rows > MaxRowsPerByte * fileLength)
            {
                throw new InvalidDataException($"{rows} rows in {fileLength} bytes; allowed are {MaxRowsPerByte} a byte and {MaxRows} in all");
            }

            if (group.Chunks.Count != Columns.Count)
            {
                throw new InvalidDataException($"a row group has {group.Chunks.Count} columns; the schema has {Columns.Count}");
            }

            for (var i = 0; i < Columns.Count; i++)
            {
                var chunk = group.Chunks[i];
                if (chunk.Path != Columns[i].Name || chunk.Type != Columns[i].Type)
                {
                    throw new InvalidDataException($"column '{Excerpt.Of(Columns[i].Name)}' ({Columns[i].Type}) is stored as '{Excerpt.Of(chunk.Path)}' ({chunk.Type})");
                }

                // A flat column has one value, or one null, a row.
                if (chunk.Values != group.Rows)
                {
                    throw new InvalidDataException($"column '{Excerpt.Of(chunk.Path)}' has {chunk.Values} values in {group.Rows} rows");
                }

                if (chunk.Start < 4 || chunk.CompressedBytes < 0 || chunk.Start > footerStart || chunk.CompressedBytes > footerStart - chunk.Start)
                {
                    throw new InvalidDataException(
                        $"column '{Excerpt.Of(chunk.Path)}' lies at {chunk.Start} with {chunk.CompressedBytes} bytes; the data of the file end at {footerStart}");
                }
            }
        }
    }

    private static List<ParquetColumn> ReadSchema(ref ThriftCompactReader reader, ThriftType type)
    {
        var elements = ReadList(ref reader, type, ThriftType.Struct, ReadSchemaElement);
        if (elements.Count < 2 || elements[0].Children != elements.Count - 1)
        {
            throw new InvalidDataException($"the schema has {elements.Count} elements, its root {(elements.Count > 0 ? elements[0].Children : 0)} columns; a flat table is needed");
        }

        elements.RemoveAt(0);
        foreach (var (column, children) in elements)
        {
            if (children != 0)
            {
                throw new InvalidDataException($"column '{Excerpt.Of(column.Name)}' has {children} columns inside; a flat table is needed");
            }
        }

        return elements.ConvertAll(static e => e.Column);
    }

    private static (ParquetColumn Column, int Children) ReadSchemaElement(ref ThriftCompactReader reader)
    {
        var (name, type, repetition, children) = ("", -1, 0, 0);
        var (converted, isLogical) = (-1, false);
        reader.BeginStruct();
        for (var field = 0; reader.NextField(ref field, out var fieldType);)
        {
            switch (field)
            {
                case 1:
                    type = reader.ReadInt32(fieldType);
                    break;
                case 3:
                    repetition = reader.ReadInt32(fieldType);
                    break;
                case 4:
                    name = reader.ReadText(fieldType);
                    break;
                case 5:
                    children = reader.ReadInt32(fieldType);
                    break;
                case 6:
                    converted = reader.ReadInt32(fieldType);
                    break;
                default:
                    isLogical |= field == 10;
                    reader.Skip(fieldType);
                    break;
            }
        }

        // What a stored type stands for is written twice, in an old and a new form; a column with the new form alone is not known as plain.
        var isPlain = (ParquetType)type switch
        {
            ParquetType.ByteArray => converted == ConvertedUtf8,
            ParquetType.Int64 => converted == ConvertedInt64 || (converted < 0 && !isLogical),
            ParquetType.Double => converted < 0 && !isLogical,
            _ => false,
        };
        return (new ParquetColumn(name, (ParquetType)type, (ParquetRepetition)repetition, isPlain), children);
    }

    private static ParquetRowGroup ReadRowGroup(ref ThriftCompactReader reader)
    {
        List<ParquetChunk> chunks = [];
        var rows = -1L;
        reader.BeginStruct();
        for (var field = 0; reader.NextField(ref field, out var type);)
        {
            switch (field)
            {
                case 1:
                    chunks = ReadList(ref reader, type, ThriftType.Struct, ReadChunk);
                    break;
                case 3:
                    rows = reader.ReadInt64(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new ParquetRowGroup(rows, chunks);
    }

    private static ParquetChunk ReadChunk(ref ThriftCompactReader reader)
    {
        ParquetChunk? chunk = null;
        reader.BeginStruct();
        for (var field = 0; reader.NextField(ref field, out var type);)
        {
            switch (field)
            {
                case 1:
                    throw new InvalidDataException($"a column lies in another file, '{Excerpt.Of(reader.ReadText(type))}'");
                case 3 when type == ThriftType.Struct:
                    chunk = ReadColumnMetadata(ref reader);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return chunk ?? throw new InvalidDataException("a column has no metadata");
    }

    private static ParquetChunk ReadColumnMetadata(ref ThriftCompactReader reader)
    {
        var path = "";
        var (columnType, codec) = (-1, 0);
        var (values, compressed, dataStart, dictionaryStart) = (-1L, -1L, -1L, 0L);
        reader.BeginStruct();
        for (var field = 0; reader.NextField(ref field, out var type);)
        {
            switch (field)
            {
                case 1:
                    columnType = reader.ReadInt32(type);
                    break;
                case 3:
                    path = string.Join('.', ReadList(ref reader, type, ThriftType.Binary, static (ref ThriftCompactReader r) => r.ReadText(ThriftType.Binary)));
                    break;
                case 4:
                    codec = reader.ReadInt32(type);
                    break;
                case 5:
                    values = reader.ReadInt64(type);
                    break;
                case 7:
                    compressed = reader.ReadInt64(type);
                    break;
                case 9:
                    dataStart = reader.ReadInt64(type);
                    break;
                case 11:
                    dictionaryStart = reader.ReadInt64(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new ParquetChunk(
            path, (ParquetType)columnType, codec, dictionaryStart > 0 ? Math.Min(dictionaryStart, dataStart) : dataStart, compressed, values);
    }

    private static ParquetPage ReadPageHeader(ref ThriftCompactReader reader)
    {
        var (kind, bytes, compressed) = (-1, -1, -1);
        var page = new ParquetPage { IsCompressed = true };
        reader.BeginStruct();
        for (var field = 0; reader.NextField(ref field, out var type);)
        {
            switch (field)
            {
                case 1:
                    kind = reader.ReadInt32(type);
                    break;
                case 2:
                    bytes = reader.ReadInt32(type);
                    break;
                case 3:
                    compressed = reader.ReadInt32(type);
                    break;
                case 5 or 7 when type == ThriftType.Struct:
                    page = ReadPageValues(ref reader, isVersion2: false);
                    break;
                case 8 when type == ThriftType.Struct:
                    page = ReadPageValues(ref reader, isVersion2: true);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return kind is >= 0 and <= 3
            ? page with { Kind = (ParquetPageKind)kind, Bytes = bytes, CompressedBytes = compressed }
            : throw new InvalidDataException($"a page has the unknown type {kind}");
    }

    // Data pages of both versions and dictionary pages begin with the number of values. The second field is the encoding, but in data pages of
    // version 2, where it is the fourth; those alone have levels uncompressed before the values.
    private static ParquetPage ReadPageValues(ref ThriftCompactReader reader, bool isVersion2)
    {
        var (values, encoding, levelEncoding) = (-1, -1, -1);
        var (definitionBytes, repetitionBytes, isCompressed) = (0, 0, true);
        reader.BeginStruct();
        for (var field = 0; reader.NextField(ref field, out var type);)
        {
            switch (field)
            {
                case 1:
                    values = reader.ReadInt32(type);
                    break;
                case 2 when !isVersion2:
                case 4 when isVersion2:
                    encoding = reader.ReadInt32(type);
                    break;
                case 3 when !isVersion2 && type == ThriftType.Int32:
                    levelEncoding = reader.ReadInt32(type);
                    break;
                case 5 when isVersion2:
                    definitionBytes = LevelBytes(reader.ReadInt32(type));
                    break;
                case 6 when isVersion2:
                    repetitionBytes = LevelBytes(reader.ReadInt32(type));
                    break;
                case 7 when isVersion2:
                    isCompressed = type == ThriftType.True;
                    reader.Skip(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new ParquetPage
        {
            Values = values,
            Encoding = (ParquetEncoding)encoding,
            LevelEncoding = (ParquetEncoding)levelEncoding,
            DefinitionBytes = definitionBytes,
            RepetitionBytes = repetitionBytes,
            IsCompressed = isCompressed,
        };
    }

    private static int LevelBytes(int length) => length >= 0 ? length : throw new InvalidDataException($"a page with {length} bytes of levels");

    private delegate T ElementReader<T>(ref ThriftCompactReader reader);

    private static List<T> ReadList<T>(ref ThriftCompactReader reader, ThriftType type, ThriftType elements, ElementReader<T> read)
    {
        var count = reader.BeginList(type, out var actual);
        if (count > 0 && actual != elements)
        {
            throw new InvalidDataException($"a list holds {actual} where {elements} is expected");
        }

        var list = new List<T>(Math.Min(count, 64));
        for (; count > 0; count--)
        {
            list.Add(read(ref reader));
        }

        return list;
    }

    private static string Quoted(ReadOnlySpan<byte> bytes) => "0x" + Convert.ToHexString(bytes);
}
