using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Schema;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Scans a Parquet file; its row groups are the segments. Used by one thread.</summary>
/// <remarks>
/// Parquet.Net decodes the pages. It trusts a file's metadata, loops for ever on some damaged ones, and looks at no token while it does; so
/// <see cref="ParquetLayout"/> checks the footer before it sees the file, and the page headers of a column before it reads that column.
/// </remarks>
internal sealed class ParquetTable
{
    private readonly TableFile _file;
    private readonly ParquetLayout _layout;
    private readonly ParquetReader _reader;
    private readonly DataField[] _fields;
    private readonly Dictionary<string, int> _columns;

    private ParquetTable(TableFile file, ParquetLayout layout, ParquetReader reader, DataField[] fields, Dictionary<string, int> columns)
    {
        _file = file;
        _layout = layout;
        _reader = reader;
        _fields = fields;
        _columns = columns;
    }

    /// <summary>Hands each row group to a scan, in file order.</summary>
    /// <param name="kernels">Only rows of these kernels; null = all.</param>
    /// <exception cref="PerformanceFileException">The file is damaged, has no rows, or not the columns that the scan needs.</exception>
    public static async ValueTask ScanAsync(TableFile file, TableScan scan, IReadOnlySet<string>? kernels, CancellationToken cancellationToken)
    {
        var layout = ReadLayout(file);
        var columns = ColumnIndex(file.Path, layout);
        var (reader, fields) = await OpenAsync(file, cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        if (reader.RowGroupCount != layout.RowGroups.Count || fields.Length != layout.Columns.Count)
        {
            throw new PerformanceFileException(
                file.Path,
                $"is not a readable Parquet file: {layout.RowGroups.Count} row groups of {layout.Columns.Count} columns were read as {reader.RowGroupCount} of {fields.Length}.");
        }

        await new ParquetTable(file, layout, reader, fields, columns).ScanAsync(scan, kernels, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<(ParquetReader Reader, DataField[] Fields)> OpenAsync(TableFile file, CancellationToken cancellationToken)
    {
        ParquetReader? reader = null;
        try
        {
            reader = await ParquetReader.CreateAsync(file.OpenStream(), cancellationToken: cancellationToken).ConfigureAwait(false);

            // Only this makes Parquet.Net look at the schema.
            return (reader, reader.Schema.DataFields);
        }
        catch (Exception e) when (IsDamage(e))
        {
            if (reader is not null)
            {
                await reader.DisposeAsync().ConfigureAwait(false);
            }

            throw new PerformanceFileException(file.Path, $"is not a readable Parquet file: {Excerpt.Of(e)}", e);
        }
    }

    private async ValueTask ScanAsync(TableScan scan, IReadOnlySet<string>? kernels, CancellationToken cancellationToken)
    {
        long firstRow = 1;
        for (var i = 0; i < _layout.RowGroups.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var group = _layout.RowGroups[i];
            await scan.AddAsync(new Segment(this, i, (int)group.Rows, firstRow), kernels, cancellationToken).ConfigureAwait(false);
            firstRow += group.Rows;
        }
    }

    private static ParquetLayout ReadLayout(TableFile file)
    {
        ParquetLayout layout;
        try
        {
            layout = ParquetLayout.Read(file.Bytes.Span);
        }
        catch (InvalidDataException e)
        {
            throw new PerformanceFileException(file.Path, $"is not a readable Parquet file: {e.Message}.", e);
        }

        foreach (var group in layout.RowGroups)
        {
            if (group.Rows > 0)
            {
                return layout;
            }
        }

        throw new PerformanceFileException(file.Path, "has no rows; a table needs at least one.");
    }

    private static Dictionary<string, int> ColumnIndex(string path, ParquetLayout layout)
    {
        var columns = new Dictionary<string, int>(layout.Columns.Count, StringComparer.Ordinal);
        for (var i = 0; i < layout.Columns.Count; i++)
        {
            if (!columns.TryAdd(layout.Columns[i].Name, i))
            {
                throw new PerformanceFileException(path, $"column '{Excerpt.Of(layout.Columns[i].Name)}' occurs twice; a name stands for one column.");
            }
        }

        return columns;
    }

    private static bool IsDamage(Exception e) => e is not (OperationCanceledException or PerformanceFileException or OutOfMemoryException);

    private sealed class Segment(ParquetTable table, int index, int rowCount, long firstRow) : ITableSegment
    {
        public string Path => table._file.Path;

        public int RowCount => rowCount;

        public long FirstRow => firstRow;

        public bool Has(string column) => table._columns.ContainsKey(column);

        public async ValueTask ReadTextsAsync(string column, Memory<int> texts, TextPool pool, string? absent, CancellationToken cancellationToken)
        {
            var cells = ArrayPool<ReadOnlyMemory<char>>.Shared.Rent(rowCount);
            try
            {
                var raw = cells.AsMemory(0, rowCount);
                await ReadAsync(column, ParquetType.ByteArray, raw, absent.AsMemory(), absent is null, cancellationToken).ConfigureAwait(false);
                Number(raw.Span, texts.Span, pool);
            }
            finally
            {
                ArrayPool<ReadOnlyMemory<char>>.Shared.Return(cells, clearArray: true);
            }
        }

        public ValueTask ReadIntegersAsync(string column, Memory<long> integers, long? absent, CancellationToken cancellationToken) =>
            ReadAsync(column, ParquetType.Int64, integers, absent ?? 0, absent is null, cancellationToken);

        public ValueTask ReadRealsAsync(string column, Memory<double> reals, double? absent, CancellationToken cancellationToken) =>
            ReadAsync(column, ParquetType.Double, reals, absent ?? 0, absent is null, cancellationToken);

        // Runs once a row, mostly in the first load of a process, before the runtime could see that it is hot.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Number(ReadOnlySpan<ReadOnlyMemory<char>> cells, Span<int> texts, TextPool pool)
        {
            // Dictionary-encoded cells of one text are the same slice: comparing with the row before saves most look-ups.
            var last = ReadOnlyMemory<char>.Empty;
            var number = -1;
            for (var row = 0; row < cells.Length; row++)
            {
                if (number < 0 || !cells[row].Equals(last))
                {
                    last = cells[row];
                    number = pool.NumberOf(last.Span);
                }

                texts[row] = number;
            }
        }

        private async ValueTask ReadAsync<T>(
            string column, ParquetType type, Memory<T> cells, T absent, bool isRequired, CancellationToken cancellationToken)
            where T : struct
        {
            cancellationToken.ThrowIfCancellationRequested();
            var field = Field<T>(column, type);
            int[]? levels = null;
            try
            {
                ParquetLayout.CheckPages(table._file.Bytes.Span, table._layout.RowGroups[index].Chunks[table._columns[column]]);
                using var group = table._reader.OpenRowGroupReader(index);
                if (!field.IsNullable)
                {
                    await group.ReadRawAsync(field, cells, null, null, cancellationToken).ConfigureAwait(false);
                    return;
                }

                levels = ArrayPool<int>.Shared.Rent(rowCount);
                await group.ReadRawAsync(field, cells, levels.AsMemory(0, rowCount), null, cancellationToken).ConfigureAwait(false);
                SpreadNulls(column, cells.Span, levels.AsSpan(0, rowCount), absent, isRequired);
            }
            catch (Exception e) when (IsDamage(e))
            {
                throw new PerformanceFileException(Path, $"column '{column}' cannot be read: {Excerpt.Of(e)}", e);
            }
            finally
            {
                if (levels is not null)
                {
                    ArrayPool<int>.Shared.Return(levels);
                }
            }
        }

        private DataField Field<T>(string column, ParquetType type)
        {
            var at = table._columns[column];
            var (_, actual, repetition) = table._layout.Columns[at];
            var field = table._fields[at];
            return actual == type && repetition != ParquetRepetition.Repeated && field.ClrType == typeof(T) && !field.IsArray
                ? field
                : throw new PerformanceFileException(
                    Path, $"column '{column}' has the type {actual} ({field.ClrType.Name}, {repetition}); allowed is {type}{(type == ParquetType.ByteArray ? " of UTF-8 text" : "")}.");
        }

        /// <summary>Nulls take no place among the values: moves each value to its row. Real tables have no nulls.</summary>
        private void SpreadNulls<T>(string column, Span<T> cells, ReadOnlySpan<int> levels, T absent, bool isRequired)
        {
            var firstNull = levels.IndexOfAnyExcept(1);
            if (firstNull < 0)
            {
                return;
            }

            if (isRequired)
            {
                throw new PerformanceFileException(
                    Path, string.Create(CultureInfo.InvariantCulture, $"row {firstRow + firstNull}, column '{column}' is null; a value is required."));
            }

            var from = levels.Count(1);
            for (var row = levels.Length - 1; row >= firstNull; row--)
            {
                cells[row] = levels[row] == 1 ? cells[--from] : absent;
            }
        }
    }
}
