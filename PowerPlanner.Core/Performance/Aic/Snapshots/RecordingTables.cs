using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Snapshots;

/// <summary>Passes queries on to the tables and keeps the answers. Used by one build of an engine, which asks one query at a time.</summary>
internal sealed class RecordingTables(FolderTables tables) : ITableSource
{
    private readonly List<SnapshotTable> _recorded = [];

    public AicSystem System => tables.System;

    public IReadOnlyList<SnapshotTable> Recorded => _recorded;

    public ValueTask<TableRows> LoadAsync(TableQuery query, CancellationToken cancellationToken) =>
        RecordAsync(TableFolder.Backend, query, tables.Sources(query.Table), token => tables.LoadAsync(query, token), cancellationToken);

    public ValueTask<TableRows> LoadPrimaryAsync(TableQuery query, CancellationToken cancellationToken) =>
        RecordAsync(TableFolder.Primary, query, tables.PrimarySources(query.Table), token => tables.LoadPrimaryAsync(query, token), cancellationToken);

    public ValueTask<TableRows> LoadCollectivesAsync(TableQuery query, bool oneCcl, CancellationToken cancellationToken) =>
        RecordAsync(
            oneCcl ? TableFolder.OneCcl : TableFolder.Nccl,
            query,
            tables.CollectiveSources(query.Table, oneCcl),
            token => tables.LoadCollectivesAsync(query, oneCcl, token),
            cancellationToken);

    private async ValueTask<TableRows> RecordAsync(
        TableFolder folder,
        TableQuery query,
        IReadOnlyList<TableSource> sources,
        Func<CancellationToken, ValueTask<TableRows>> load,
        CancellationToken cancellationToken)
    {
        var key = SnapshotQuery.Key(folder, query);
        if (_recorded.Find(table => table.Key.AsSpan().SequenceEqual(key)) is { } earlier)
        {
            return earlier.Rows;
        }

        // Hashed before the rows are read: a file that changes in between makes a snapshot that is refused, not one that is wrong.
        var stamps = await SourceStamp.OfAsync(sources, tables, cancellationToken).ConfigureAwait(false);
        var rows = await load(cancellationToken).ConfigureAwait(false);
        _recorded.Add(new SnapshotTable(folder, query.Table, key, stamps, rows));
        return rows;
    }
}
