using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Compiled;

/// <summary>Tables of other hardware, and expert rows that a test makes up; everything else as the real tables have it.</summary>
/// <param name="inner">The real tables.</param>
/// <param name="system">The hardware.</param>
/// <param name="experts">Rows of <c>moe_perf</c> and <c>moe_perf/low_latency</c> of one shape; null = the real ones.</param>
internal sealed class MadeUpTables(ITableSource inner, AicSystem system, IReadOnlyList<ExpertRow>? experts = null) : ITableSource
{
    public AicSystem System => system;

    public ValueTask<TableRows> LoadAsync(TableQuery query, CancellationToken cancellationToken)
    {
        if (experts is null || !query.Table.StartsWith("moe_perf", StringComparison.Ordinal))
        {
            return inner.LoadAsync(query, cancellationToken);
        }

        ExpertRow[] rows = [.. experts.Where(row => row.Table == query.Table && query.Filters.All(filter => Keeps(filter, row)))];
        return new(new TableRows(
            query.TextColumns.ToDictionary(column => column, column => rows.Select(row => (string)Cell(row, column)).ToArray()),
            query.IntegerColumns.ToDictionary(column => column.Name, column => rows.Select(row => (long)Cell(row, column.Name)).ToArray()),
            [.. rows.Select(row => row.LatencyMs)],
            new double[rows.Length]));
    }

    public ValueTask<TableRows> LoadPrimaryAsync(TableQuery query, CancellationToken cancellationToken) =>
        experts is null || !query.Table.StartsWith("moe_perf", StringComparison.Ordinal) ? inner.LoadPrimaryAsync(query, cancellationToken) : LoadAsync(query, cancellationToken);

    public ValueTask<TableRows> LoadCollectivesAsync(TableQuery query, bool oneCcl, CancellationToken cancellationToken) =>
        inner.LoadCollectivesAsync(query, oneCcl, cancellationToken);

    private static bool Keeps(ColumnFilter filter, ExpertRow row) =>
        filter.Texts?.Contains((string)Cell(row, filter.Column)) ?? filter.Integers!.Contains((long)Cell(row, filter.Column));

    private static object Cell(ExpertRow row, string column) => column switch
    {
        "moe_dtype" => row.Format,
        "distribution" => row.Distribution,
        "topk" => 2L,
        "num_experts" => 8L,
        "hidden_size" => 1024L,
        "inter_size" => 512L,
        "moe_tp_size" => 1L,
        "moe_ep_size" => 1L,
        "num_tokens" => row.Tokens,
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, "No such column."),
    };
}

/// <summary>A row of 2 of 8 experts, hidden 1024, intermediate 512, on one rank.</summary>
internal sealed record ExpertRow(long Tokens, double LatencyMs, string Format = "nvfp4", string Distribution = "power_law_1.2", string Table = "moe_perf");
