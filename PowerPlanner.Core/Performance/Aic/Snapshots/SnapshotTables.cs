using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Snapshots;

/// <summary>Answers the queries that a snapshot holds. Immutable and thread-safe.</summary>
internal sealed class SnapshotTables(string path, SnapshotContent content) : ITableSource
{
    public AicSystem System => content.System;

    public ValueTask<TableRows> LoadAsync(TableQuery query, CancellationToken cancellationToken) => new(Find(TableFolder.Backend, query));

    public ValueTask<TableRows> LoadCollectivesAsync(TableQuery query, bool oneCcl, CancellationToken cancellationToken) =>
        new(Find(oneCcl ? TableFolder.OneCcl : TableFolder.Nccl, query));

    private TableRows Find(TableFolder folder, TableQuery query)
    {
        var key = SnapshotQuery.Key(folder, query);
        foreach (var table in content.Tables)
        {
            if (!table.Key.AsSpan().SequenceEqual(key))
            {
                continue;
            }

            // Nothing but the query itself says which columns it asked for: a file whose answer lacks one was made by no version of this library.
            return query.TextColumns.All(table.Rows.TextColumns.ContainsKey) && query.IntegerColumns.All(column => table.Rows.IntegerColumns.ContainsKey(column.Name))
                ? table.Rows
                : throw new PerformanceFileException(path, $"its rows of {query.Table} lack a column of {Columns(query)}.");
        }

        throw new PerformanceFileException(
            path,
            $"holds no answer for {query.Table} ({string.Join(", ", query.Filters.Select(Shown))}): it was written for another model, layout or options. It has {string.Join(", ", content.Tables.Select(table => table.Table))}.");
    }

    private static string Columns(TableQuery query) => string.Join(", ", [.. query.TextColumns, .. query.IntegerColumns.Select(column => column.Name)]);

    private static string Shown(ColumnFilter filter) =>
        $"{filter.Column} {string.Join('|', filter.Texts ?? [])}{string.Join('|', filter.Integers ?? [])}";
}
