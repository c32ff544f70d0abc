using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Schema;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Scans a Parquet file; its row groups are the segments. Used by one thread.</summary>
/// <remarks>
/// <see cref="ColumnPages"/> decodes what AIC's tables consist of, Parquet.Net what is written otherwise. That one trusts a file's metadata, loops for ever
/// on some damaged ones, and looks at no token while it does; so <see cref="ParquetLayout"/> checks the footer before it sees the file, and the page
/// headers of a column before it reads that column.
/// </remarks>
internal sealed class ParquetTable
{
    private readonly TableFile _file;
    private readonly ParquetLayout _layout;
    private readonly Dictionary<string, int> _columns;
    private (ParquetReader Reader, DataField[] Fields)? _general;

    private ParquetTable(TableFile file, ParquetLayout layout, Dictionary<string, int> columns)
    {
        _file = file;
        _layout = layout;
        _columns = columns;
    }

    /// <summary>Hands each row group to a scan, in file order.</summary>
    /// <param name="kernels">Only rows of these kernels; null = all.</param>
    /// <exception cref="PerformanceFileException">The file is damaged, has no rows, or not the columns that the scan needs.</exception>
    public static async ValueTask ScanAsync(TableFile file, TableScan scan, IReadOnlySet<string>? kernels, CancellationToken cancellationToken)
    {
        var layout = ReadLayout(file);
        var table = new ParquetTable(file, layout, ColumnIndex(file.Path, layout));
        try
        {
            await table.ScanAsync(scan, kernels, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (table._general is var (reader, _))
            {
                await reader.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Parquet.Net's view of the file, opened by the first column that needs it.</summary>
    private async ValueTask<(ParquetReader Reader, DataField[] Fields)> GeneralAsync(CancellationToken cancellationToken)
    {
        if (_general is { } open)
        {
            return open;
        }

        var (reader, fields) = await OpenAsync(_file, cancellationToken).ConfigureAwait(false);
        _general = (reader, fields);
        return reader.RowGroupCount == _layout.RowGroups.Count && fields.Length == _layout.Columns.Count
            ? (reader, fields)
            : throw new PerformanceFileException(
                _file.Path,
                $"is not a readable Parquet file: {_layout.RowGroups.Count} row groups of {_layout.Columns.Count} columns were read as {reader.RowGroupCount} of {fields.Length}.");
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

        public ValueTask ReadTextsAsync(string column, Memory<int> texts, TextPool pool, string? absent, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!IsPlain(column, ParquetType.ByteArray))
            {
                return ReadGeneralTextsAsync(column, texts, pool, absent, cancellationToken);
            }

            var levels = RentLevels(column);
            try
            {
                var pages = Pages(column);
                if (!pages.IsKnown)
                {
                    return ReadGeneralTextsAsync(column, texts, pool, absent, cancellationToken);
                }

                pages.ReadTexts(texts.Span, Levels(levels), pool);
                FillNulls(column, texts.Span, Levels(levels), absent is null ? null : pool.NumberOf(absent));
                return default;
            }
            catch (Exception e) when (IsDamage(e))
            {
                throw Unreadable(column, e);
            }
            finally
            {
                Return(levels);
            }
        }

        public ValueTask ReadIntegersAsync(string column, Memory<long> integers, long? absent, CancellationToken cancellationToken) =>
            ReadNumbersAsync(column, ParquetType.Int64, integers, absent, cancellationToken);

        public ValueTask ReadRealsAsync(string column, Memory<double> reals, double? absent, CancellationToken cancellationToken) =>
            ReadNumbersAsync(column, ParquetType.Double, reals, absent, cancellationToken);

        private ValueTask ReadNumbersAsync<T>(string column, ParquetType type, Memory<T> cells, T? absent, CancellationToken cancellationToken)
            where T : unmanaged
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!IsPlain(column, type))
            {
                return ReadGeneralAsync(column, type, cells, absent ?? default, absent is null, cancellationToken);
            }

            var levels = RentLevels(column);
            try
            {
                var pages = Pages(column);
                if (!pages.IsKnown)
                {
                    return ReadGeneralAsync(column, type, cells, absent ?? default, absent is null, cancellationToken);
                }

                pages.ReadNumbers(cells.Span, Levels(levels));
                FillNulls(column, cells.Span, Levels(levels), absent);
                return default;
            }
            catch (Exception e) when (IsDamage(e))
            {
                throw Unreadable(column, e);
            }
            finally
            {
                Return(levels);
            }
        }

        private bool IsPlain(string column, ParquetType type) =>
            table._layout.Columns[table._columns[column]] is { IsPlain: true, Repetition: ParquetRepetition.Required or ParquetRepetition.Optional } plain
            && plain.Type == type;

        private bool IsNullable(string column) => table._layout.Columns[table._columns[column]].Repetition != ParquetRepetition.Required;

        private ColumnPages Pages(string column)
        {
            var file = table._file.Bytes.Span;
            var chunk = table._layout.RowGroups[index].Chunks[table._columns[column]];
            return new ColumnPages(file, ParquetLayout.ReadPages(file, chunk), chunk.Codec, IsNullable(column));
        }

        private int[]? RentLevels(string column) => IsNullable(column) ? ArrayPool<int>.Shared.Rent(rowCount) : null;

        private Span<int> Levels(int[]? levels) => levels is null ? default : levels.AsSpan(0, rowCount);

        private static void Return(int[]? levels)
        {
            if (levels is not null)
            {
                ArrayPool<int>.Shared.Return(levels);
            }
        }

        private async ValueTask ReadGeneralTextsAsync(string column, Memory<int> texts, TextPool pool, string? absent, CancellationToken cancellationToken)
        {
            var cells = ArrayPool<ReadOnlyMemory<char>>.Shared.Rent(rowCount);
            try
            {
                var raw = cells.AsMemory(0, rowCount);
                await ReadGeneralAsync(column, ParquetType.ByteArray, raw, absent.AsMemory(), absent is null, cancellationToken).ConfigureAwait(false);
                Number(raw.Span, texts.Span, pool);
            }
            finally
            {
                ArrayPool<ReadOnlyMemory<char>>.Shared.Return(cells, clearArray: true);
            }
        }

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

        private async ValueTask ReadGeneralAsync<T>(
            string column, ParquetType type, Memory<T> cells, T absent, bool isRequired, CancellationToken cancellationToken)
            where T : struct
        {
            int[]? levels = null;
            try
            {
                _ = ParquetLayout.ReadPages(table._file.Bytes.Span, table._layout.RowGroups[index].Chunks[table._columns[column]]);
                var (reader, fields) = await table.GeneralAsync(cancellationToken).ConfigureAwait(false);
                var field = Field<T>(column, type, fields);
                using var group = reader.OpenRowGroupReader(index);
                if (!field.IsNullable)
                {
                    await group.ReadRawAsync(field, cells, null, null, cancellationToken).ConfigureAwait(false);
                    return;
                }

                levels = ArrayPool<int>.Shared.Rent(rowCount);
                await group.ReadRawAsync(field, cells, levels.AsMemory(0, rowCount), null, cancellationToken).ConfigureAwait(false);
                SpreadValues(cells.Span, levels.AsSpan(0, rowCount));
                FillNulls(column, cells.Span, levels.AsSpan(0, rowCount), isRequired ? null : absent);
            }
            catch (Exception e) when (IsDamage(e))
            {
                throw Unreadable(column, e);
            }
            finally
            {
                Return(levels);
            }
        }

        private PerformanceFileException Unreadable(string column, Exception e) => new(Path, $"column '{column}' cannot be read: {Excerpt.Of(e)}", e);

        private DataField Field<T>(string column, ParquetType type, DataField[] fields)
        {
            var at = table._columns[column];
            var (_, actual, repetition, _) = table._layout.Columns[at];
            var field = fields[at];
            return actual == type && repetition != ParquetRepetition.Repeated && field.ClrType == typeof(T) && !field.IsArray
                ? field
                : throw new PerformanceFileException(
                    Path, $"column '{column}' has the type {actual} ({field.ClrType.Name}, {repetition}); allowed is {type}{(type == ParquetType.ByteArray ? " of UTF-8 text" : "")}.");
        }

        /// <summary>Nulls take no place among the values: moves each value to its row. Real tables have no nulls.</summary>
        private static void SpreadValues<T>(Span<T> cells, ReadOnlySpan<int> levels)
        {
            var from = levels.Count(1);
            for (var row = levels.Length - 1; row >= from; row--)
            {
                if (levels[row] == 1)
                {
                    cells[row] = cells[--from];
                }
            }
        }

        private void FillNulls<T>(string column, Span<T> cells, ReadOnlySpan<int> levels, T? absent)
            where T : struct
        {
            var firstNull = levels.IndexOfAnyExcept(1);
            if (firstNull < 0)
            {
                return;
            }

            if (absent is not { } value)
            {
                throw new PerformanceFileException(
                    Path, string.Create(CultureInfo.InvariantCulture, $"row {firstRow + firstNull}, column '{column}' is null; a value is required."));
            }

            for (var row = firstNull; row < levels.Length; row++)
            {
                cells[row] = levels[row] == 1 ? cells[row] : value;
            }
        }
    }
}
