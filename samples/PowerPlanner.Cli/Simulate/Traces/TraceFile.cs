using System.Globalization;

namespace PowerPlanner.Cli.Simulate.Traces;

/// <summary>
/// Reads recorded arrivals, a request a row, and sums them by tick while it reads: a trace of days needs no more memory than its ticks. Columns are
/// found by name; others are ignored. Times must not fall.
/// </summary>
internal static class TraceFile
{
    private const string TimeColumn = "TIMESTAMP";
    private const string ContextColumn = "ContextTokens";
    private const string GeneratedColumn = "GeneratedTokens";
    private const string AllowedTime = "a date and time such as 2023-11-16 18:17:03.9799600";
    private const int MostTokens = 100_000_000;

    // Ten weeks of minutes. A row that is years away is a mistake, and each tick in between would be simulated.
    private const int MostTicks = 100_000;

    /// <exception cref="BadInputException">The file cannot be read, or a row is bad.</exception>
    public static async Task<IReadOnlyList<TraceTick>> ReadAsync(string path, TimeSpan tick, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = new StreamReader(path);
            return await ReadAsync(reader, path, tick, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var problem = exception is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : Directory.Exists(path) ? "is a folder" : $"cannot be read ({exception.Message})";
            throw new BadInputException($"{path}: --trace: {problem}; allowed: a readable CSV file", exception);
        }
    }

    private static async Task<IReadOnlyList<TraceTick>> ReadAsync(StreamReader reader, string path, TimeSpan tick, CancellationToken cancellationToken)
    {
        var header = await reader.ReadLineAsync(cancellationToken) ?? throw new BadInputException($"{path}: row 1: empty file; allowed: a header with {TimeColumn}, {ContextColumn} and {GeneratedColumn}");
        var names = header.Split(',', StringSplitOptions.TrimEntries);
        var (time, context, generated) = (Column(TimeColumn), Column(ContextColumn), Column(GeneratedColumn));
        var ticks = new List<TraceTick>();
        DateTime? first = null;
        DateTime last = default;
        for (var row = 2L; await reader.ReadLineAsync(cancellationToken) is { } line; row++)
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            var cells = line.Split(',', StringSplitOptions.TrimEntries);
            if (cells.Length != names.Length)
            {
                throw new BadInputException(Text($"{path}: row {row}: {cells.Length} columns; allowed: {names.Length}, as in the header"));
            }

            if (!DateTime.TryParse(cells[time], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at))
            {
                throw Bad(path, row, TimeColumn, cells[time], AllowedTime);
            }

            if (first is not null && at < last)
            {
                throw Bad(path, row, TimeColumn, cells[time], Text($"a time that is not before the last row's, {last:yyyy-MM-dd HH:mm:ss.fffffff}"));
            }

            first ??= at;
            last = at;
            var index = (at - first.Value).Ticks / tick.Ticks;
            if (index >= MostTicks)
            {
                throw Bad(path, row, TimeColumn, cells[time], Text($"a time within {MostTicks:N0} ticks of {tick.TotalSeconds} s of the first row's"));
            }

            while (ticks.Count <= index)
            {
                ticks.Add(default);
            }

            ticks[(int)index] = ticks[(int)index].Add(Tokens(path, row, ContextColumn, cells[context]), Tokens(path, row, GeneratedColumn, cells[generated]));
        }

        return ticks.Count > 0 ? ticks : throw new BadInputException($"{path}: row 2: missing; allowed: at least one request");

        int Column(string name)
        {
            var index = Array.IndexOf(names, name);
            return index >= 0 ? index : throw new BadInputException($"{path}: row 1: column {name} missing in \"{Hosting.Json.StrictJson.OneLine(header)}\"; allowed: a header with {TimeColumn}, {ContextColumn} and {GeneratedColumn}");
        }
    }

    private static long Tokens(string path, long row, string column, string cell) =>
        int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out var tokens) && tokens is >= 1 and <= MostTokens
            ? tokens
            : throw Bad(path, row, column, cell, Text($"an integer from 1 to {MostTokens}"));

    private static BadInputException Bad(string path, long row, string column, string value, string allowed) =>
        new(Text($"{path}: row {row}, column {column}: \"{Hosting.Json.StrictJson.OneLine(value)}\"; allowed: {allowed}"));

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
