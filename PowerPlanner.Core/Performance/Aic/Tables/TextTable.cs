using System.Globalization;
using System.Text;
using Sylvan.Data.Csv;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>A table in the retired text form: comma-separated values with a header, fields quoted where they need it (specification 1.2). Used by one thread.</summary>
internal sealed class TextTable : ITableSegment
{
    private readonly Dictionary<string, List<int>> _columns;
    private readonly TextPool _cells;

    private TextTable(string path, int rowCount, Dictionary<string, List<int>> columns, TextPool cells)
    {
        Path = path;
        RowCount = rowCount;
        _columns = columns;
        _cells = cells;
    }

    public string Path { get; }

    public int RowCount { get; }

    public long FirstRow => 1;

    /// <summary>Reads a file's cells; their values are looked at when a column is read.</summary>
    /// <exception cref="PerformanceFileException">The file is not such a table, or has no rows.</exception>
    public static async ValueTask<TextTable> ReadAsync(TableFile file, CancellationToken cancellationToken)
    {
        var cells = new TextPool();
        var rows = 0;
        try
        {
            using var text = new StreamReader(file.OpenStream(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            var csv = await CsvDataReader.CreateAsync(text, new CsvDataReaderOptions { Delimiter = ',' }, cancellationToken).ConfigureAwait(false);
            await using var closing = csv.ConfigureAwait(false);
            var names = new List<string>(csv.FieldCount);
            var columns = new Dictionary<string, List<int>>(StringComparer.Ordinal);
            for (var i = 0; i < csv.FieldCount; i++)
            {
                names.Add(csv.GetName(i));
                if (!columns.TryAdd(names[i], []))
                {
                    throw new PerformanceFileException(file.Path, $"column '{Excerpt.Of(names[i])}' occurs twice; a name stands for one column.");
                }
            }

            while (await csv.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                rows++;
                if (csv.RowFieldCount != names.Count)
                {
                    throw new PerformanceFileException(
                        file.Path, string.Create(CultureInfo.InvariantCulture, $"row {rows} has {csv.RowFieldCount} fields; the header has {names.Count}."));
                }

                for (var i = 0; i < names.Count; i++)
                {
                    columns[names[i]].Add(cells.NumberOf(csv.GetFieldSpan(i)));
                }
            }

            return rows > 0
                ? new TextTable(file.Path, rows, columns, cells)
                : throw new PerformanceFileException(file.Path, "has no rows; a table needs at least one.");
        }
        catch (Exception e) when (e is not (OperationCanceledException or PerformanceFileException or OutOfMemoryException))
        {
            throw new PerformanceFileException(file.Path, string.Create(CultureInfo.InvariantCulture, $"is not a readable CSV file after row {rows}: {Excerpt.Of(e)}"), e);
        }
    }

    public bool Has(string column) => _columns.ContainsKey(column);

    public ValueTask ReadTextsAsync(string column, Memory<int> texts, TextPool pool, string? absent, CancellationToken cancellationToken)
    {
        Read(column, texts.Span, "a text", absent is null ? null : pool.NumberOf(absent), (string text, out int number) =>
        {
            number = pool.NumberOf(text);
            return true;
        });
        return ValueTask.CompletedTask;
    }

    public ValueTask ReadIntegersAsync(string column, Memory<long> integers, long? absent, CancellationToken cancellationToken)
    {
        Read(column, integers.Span, "an integer", absent, static (string text, out long value) =>
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value));
        return ValueTask.CompletedTask;
    }

    public ValueTask ReadRealsAsync(string column, Memory<double> reals, double? absent, CancellationToken cancellationToken)
    {
        Read(column, reals.Span, "a number", absent, static (string text, out double value) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value));
        return ValueTask.CompletedTask;
    }

    private delegate bool Parser<T>(string text, out T value);

    private void Read<T>(string column, Span<T> values, string allowed, T? absent, Parser<T> parse)
        where T : struct
    {
        var cells = _columns[column];
        for (var row = 0; row < values.Length; row++)
        {
            var text = _cells[cells[row]];
            if (text.Length == 0)
            {
                values[row] = absent ?? throw Problem(column, row, $"is empty; {allowed} is required");
            }
            else if (!parse(text, out values[row]))
            {
                throw Problem(column, row, $"is '{Excerpt.Of(text)}'; allowed is {allowed}");
            }
        }
    }

    private PerformanceFileException Problem(string column, int row, string problem) =>
        new(Path, string.Create(CultureInfo.InvariantCulture, $"row {FirstRow + row}, column '{column}' {problem}."));
}
