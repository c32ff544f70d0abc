using System.Globalization;
using Parquet;
using Parquet.Schema;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>An open Parquet table; its row groups are the segments. Used by one thread.</summary>
internal sealed class ParquetTable : IAsyncDisposable
{
    private readonly string _path;
    private readonly ParquetReader _reader;
    private readonly Dictionary<string, DataField> _fields = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

    private ParquetTable(string path, ParquetReader reader)
    {
        _path = path;
        _reader = reader;
        foreach (var field in reader.Schema.DataFields)
        {
            _fields.TryAdd(field.Name, field);
        }
    }

    /// <exception cref="PerformanceFileException">The file cannot be read or is no Parquet file.</exception>
    public static async ValueTask<ParquetTable> OpenAsync(string path, CancellationToken cancellationToken)
    {
        byte[] bytes;
        try
        {
            bytes = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PerformanceFileException(path, $"cannot be read: {e.Message}", e);
        }

        GitLfsPointer.Refuse(path, bytes);
        try
        {
            return new ParquetTable(path, await ParquetReader.CreateAsync(new MemoryStream(bytes, writable: false), cancellationToken: cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(path, e);
        }
    }

    /// <summary>Hands each row group to the scan, in file order.</summary>
    public async ValueTask ScanAsync(TableScan scan, IReadOnlySet<string>? kernels, CancellationToken cancellationToken)
    {
        long firstRow = 1;
        for (var i = 0; i < _reader.RowGroupCount; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var group = _reader.OpenRowGroupReader(i);
            await scan.AddAsync(new Segment(this, group, firstRow), kernels, cancellationToken).ConfigureAwait(false);
            firstRow += group.RowCount;
        }
    }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    private static bool IsDamage(Exception e) => e is not (OperationCanceledException or PerformanceFileException);

    private static PerformanceFileException Damaged(string path, Exception e) => new(path, $"is not a readable Parquet file: {e.Message}", e);

    private sealed class Segment(ParquetTable table, ParquetRowGroupReader group, long firstRow) : ITableSegment
    {
        public string Path => table._path;

        public int RowCount { get; } = checked((int)group.RowCount);

        public long FirstRow => firstRow;

        public bool Has(string column) => table._fields.ContainsKey(column);

        public async ValueTask ReadTextsAsync(string column, Memory<string> texts, string? absent, CancellationToken cancellationToken)
        {
            var raw = await ReadAsync<ReadOnlyMemory<char>>(column, "text", cancellationToken).ConfigureAwait(false);
            var last = default(ReadOnlyMemory<char>);
            var lastText = "";
            var at = 0;
            for (var row = 0; row < RowCount; row++)
            {
                if (raw.Levels is { } levels && levels[row] == 0)
                {
                    texts.Span[row] = absent ?? throw Null(column, row);
                    continue;
                }

                var cell = raw.Values[at++];
                if (!cell.Equals(last))
                {
                    (last, lastText) = (cell, table.Text(cell.Span));
                }

                texts.Span[row] = lastText;
            }
        }

        public async ValueTask ReadIntegersAsync(string column, Memory<long> integers, long? absent, CancellationToken cancellationToken)
        {
            var raw = await ReadAsync<long>(column, "INT64", cancellationToken).ConfigureAwait(false);
            Spread(column, raw, integers.Span, absent);
        }

        public async ValueTask ReadRealsAsync(string column, Memory<double> reals, double? absent, CancellationToken cancellationToken)
        {
            var raw = await ReadAsync<double>(column, "DOUBLE", cancellationToken).ConfigureAwait(false);
            Spread(column, raw, reals.Span, absent);
        }

        private void Spread<T>(string column, (T[] Values, int[]? Levels) raw, Span<T> cells, T? absent)
            where T : struct
        {
            var at = 0;
            for (var row = 0; row < cells.Length; row++)
            {
                cells[row] = raw.Levels is { } levels && levels[row] == 0 ? absent ?? throw Null(column, row) : raw.Values[at++];
            }
        }

        private PerformanceFileException Null(string column, int row) =>
            new(Path, string.Create(CultureInfo.InvariantCulture, $"row {firstRow + row}, column '{column}' is null; a value is required."));

        private async ValueTask<(T[] Values, int[]? Levels)> ReadAsync<T>(string column, string allowed, CancellationToken cancellationToken)
            where T : struct
        {
            var field = table._fields[column];
            if (field.ClrType != typeof(T))
            {
                throw new PerformanceFileException(Path, $"column '{column}' has the type {field.ClrType.Name}; allowed is {allowed}.");
            }

            var values = new T[RowCount];
            var levels = field.IsNullable ? new int[RowCount] : null;
            try
            {
                await group.ReadRawAsync<T>(field, values, levels is null ? null : levels.AsMemory(), null, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (IsDamage(e))
            {
                throw new PerformanceFileException(Path, $"column '{column}' cannot be read: {e.Message}", e);
            }

            return (values, levels);
        }
    }

    private string Text(ReadOnlySpan<char> characters)
    {
        var lookup = _texts.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(characters, out var text))
        {
            text = characters.ToString();
            _texts.Add(text, text);
        }

        return text;
    }
}
