using System.Globalization;
using Sylvan.Data.Csv;

namespace PowerPlanner.Performance.Profiled;

/// <summary>Reads the points of a profile from CSV. Every refusal tells file, row (the first below the header is 1), column, value and what is allowed.</summary>
internal static class ProfileCsv
{
    /// <summary>Far beyond any profile; a file with more rows is not one.</summary>
    internal const int MaximumRows = 100_000;

    /// <summary>Longest row, in characters: four numbers and whatever columns somebody keeps beside them. The reader's memory grows with the square of the header's columns.</summary>
    internal const int MaximumRowLength = 16 * 1024;

    /// <summary>Eleven days, longer than any step; and short enough that no interpolation or extrapolation overflows.</summary>
    internal const double MaximumLatencyMs = 1e9;

    private const string PowerColumn = "powerW";

    public static async Task<List<T>> ReadFileAsync<T>(string path, Func<TextReader, string, CancellationToken, Task<List<T>>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await FileTimeLimit.Default.RunAsync(path, OpenAndReadAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new PerformanceFileException(path, $"the file cannot be read: {exception.Message}", exception);
        }

        async ValueTask<List<T>> OpenAndReadAsync(CancellationToken token)
        {
            using var reader = new StreamReader(path);
            return await read(reader, path, token).ConfigureAwait(false);
        }
    }

    public static Task<List<ProfiledPrefillPoint>> ReadPrefillAsync(TextReader text, string path, CancellationToken cancellationToken) => ReadAsync(
        text,
        path,
        ["isl", "ttftMs", PowerColumn],
        static row =>
        {
            var isl = (int)row.WholeNumber(0, int.MaxValue);
            return (new ProfiledPrefillPoint(isl, row.Latency(1), row.Power(2)), Key: (isl, 0L));
        },
        cancellationToken);

    public static Task<List<ProfiledDecodePoint>> ReadDecodeAsync(TextReader text, string path, CancellationToken cancellationToken) => ReadAsync(
        text,
        path,
        ["batch", "context", "itlMs", PowerColumn],
        static row =>
        {
            var batch = (int)row.WholeNumber(0, int.MaxValue);
            var context = row.WholeNumber(1, long.MaxValue);
            return (new ProfiledDecodePoint(batch, context, row.Latency(2), row.Power(3)), Key: (batch, context));
        },
        cancellationToken);

    private static async Task<List<T>> ReadAsync<T>(TextReader text, string path, string[] columns, Func<CsvRow, (T Point, (int, long) Key)> parse, CancellationToken cancellationToken)
    {
        var points = new List<T>();
        var seen = new Dictionary<(int, long), int>();
        try
        {
            // The delimiter is stated: guessing it from the header would let a file with semicolons pass one day and fail the next.
            var options = new CsvDataReaderOptions { Delimiter = ',', HasHeaders = true, BufferSize = MaximumRowLength, HeaderComparer = StringComparer.Ordinal };
            var csv = await CsvDataReader.CreateAsync(text, options, cancellationToken).ConfigureAwait(false);
            await using (csv.ConfigureAwait(false))
            {
                var ordinals = FindColumns(csv, path, columns);
                while (await csv.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    var number = points.Count + 1;
                    if (number > MaximumRows)
                    {
                        throw new PerformanceFileException(path, string.Create(CultureInfo.InvariantCulture, $"more than {MaximumRows} rows; a profile has at most that many."));
                    }

                    var (point, key) = parse(new CsvRow(csv, path, number, columns, ordinals));
                    if (!seen.TryAdd(key, number))
                    {
                        throw new PerformanceFileException(path, string.Create(CultureInfo.InvariantCulture, $"row {number} repeats the operating point of row {seen[key]}; each must occur once."));
                    }

                    points.Add(point);
                }
            }
        }
        catch (Exception exception) when (exception is FormatException or CsvMissingHeadersException or CsvRecordTooLargeException or CsvInvalidCharacterException)
        {
            throw new PerformanceFileException(path, string.Create(CultureInfo.InvariantCulture, $"row {points.Count + 1} is not CSV: {exception.Message}"), exception);
        }

        return points.Count > 0
            ? points
            : throw new PerformanceFileException(path, "there is no row below the header; a profile needs at least one.");
    }

    private static int[] FindColumns(CsvDataReader csv, string path, string[] columns)
    {
        var header = new string[csv.FieldCount];
        for (var i = 0; i < header.Length; i++)
        {
            header[i] = csv.GetName(i).Trim();
        }

        if (header.Length > 0 && header[0].StartsWith("version https://git-lfs", StringComparison.Ordinal))
        {
            throw new PerformanceFileException(path, "the file is a Git LFS pointer, not a table; fetch it with 'git lfs pull'.");
        }

        var ordinals = new int[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            ordinals[i] = Array.IndexOf(header, columns[i]);
            if (ordinals[i] < 0)
            {
                throw new PerformanceFileException(path, $"the header has no column '{columns[i]}'; it is '{Excerpt.Of(string.Join(',', header))}' and needs {string.Join(", ", columns)}.");
            }

            if (Array.LastIndexOf(header, columns[i]) != ordinals[i])
            {
                throw new PerformanceFileException(path, $"the header has the column '{columns[i]}' twice; each must occur once.");
            }
        }

        return ordinals;
    }

    /// <summary>The row that the reader stands on, by the order of the columns that were asked for.</summary>
    private readonly struct CsvRow(CsvDataReader csv, string path, int number, string[] columns, int[] ordinals)
    {
        public long WholeNumber(int column, long most)
        {
            var text = Text(column);
            return long.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= most
                ? value
                : throw Refused(column, text, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from 1 to {most}"));
        }

        public double Latency(int column)
        {
            var text = Text(column);
            return TryParse(text, out var value) && value is > 0 and <= MaximumLatencyMs
                ? value
                : throw Refused(column, text, string.Create(CultureInfo.InvariantCulture, $"must be a number of milliseconds greater than 0 and at most {MaximumLatencyMs}"));
        }

        public double? Power(int column)
        {
            var text = Text(column);
            if (string.IsNullOrWhiteSpace(text))
            {
                return null;
            }

            return TryParse(text, out var value) && value >= 0 && double.IsFinite(value)
                ? value
                : throw Refused(column, text, "must be a finite number of watts, at least 0, or empty where it is unknown");
        }

        private static bool TryParse(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

        private string Text(int column) => ordinals[column] < csv.RowFieldCount
            ? csv.GetString(ordinals[column])
            : throw new PerformanceFileException(path, string.Create(CultureInfo.InvariantCulture, $"row {number} ends before the column '{columns[column]}'; it has {csv.RowFieldCount} fields."));

        private PerformanceFileException Refused(int column, string text, string allowed) =>
            new(path, string.Create(CultureInfo.InvariantCulture, $"row {number}, column '{columns[column]}': '{Excerpt.Of(text)}' {allowed}."));
    }
}
