using System.Globalization;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Snapshots;

/// <summary>Answers the queries that a snapshot holds. Immutable and thread-safe.</summary>
internal sealed class SnapshotTables(string path, SnapshotContent content) : ITableSource
{
    public AicSystem System => content.System;

    public ValueTask<TableRows> LoadAsync(TableQuery query, CancellationToken cancellationToken) => new(Find(TableFolder.Backend, query));

    public ValueTask<TableRows> LoadPrimaryAsync(TableQuery query, CancellationToken cancellationToken) => new(Find(TableFolder.Primary, query));

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
            if (!query.TextColumns.All(table.Rows.TextColumns.ContainsKey) || !query.IntegerColumns.All(column => table.Rows.IntegerColumns.ContainsKey(column.Name)))
            {
                throw new PerformanceFileException(path, $"its rows of {query.Table} lack a column of {Columns(query)}.");
            }

            foreach (var column in query.IntegerColumns)
            {
                CheckKeys(query.Table, column, table.Rows.Integers(column.Name));
            }

            return table.Rows;
        }

        throw new PerformanceFileException(
            path,
            $"holds no answer for {query.Table} ({string.Join(", ", query.Filters.Select(Shown))}): it was written for another model, layout or options. It has {string.Join(", ", content.Tables.Select(table => table.Table))}.");
    }

    // A table is checked while it is read; a snapshot may have been made by anything.
    private void CheckKeys(string table, in IntegerColumn column, long[] cells)
    {
        var row = cells.AsSpan().IndexOfAnyExceptInRange(column.Least, IntegerColumn.Most);
        if (row >= 0)
        {
            throw new PerformanceFileException(path, string.Create(
                CultureInfo.InvariantCulture, $"row {row + 1} of {table}, column '{column.Name}' is {cells[row]}; allowed is an integer from {column.Least} to {IntegerColumn.Most}."));
        }
    }

    private static string Columns(TableQuery query) => string.Join(", ", [.. query.TextColumns, .. query.IntegerColumns.Select(column => column.Name)]);

    private static string Shown(ColumnFilter filter) =>
        $"{filter.Column} {string.Join('|', filter.Texts ?? [])}{string.Join('|', filter.Integers ?? [])}";
}
