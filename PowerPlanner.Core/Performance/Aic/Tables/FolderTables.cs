namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Tables read from AIC's folders whenever they are asked for. Immutable and thread-safe.</summary>
/// <param name="systemsDirectory">AIC's <c>systems</c> folder.</param>
/// <param name="system">The hardware.</param>
/// <param name="tree">The system's folders.</param>
/// <param name="resolver">Which files feed a table of the backend's version.</param>
internal sealed class FolderTables(string systemsDirectory, AicSystem system, TableTree tree, SourceResolver resolver) : ITableSource
{
    public AicSystem System => system;

    public ValueTask<TableRows> LoadAsync(TableQuery query, CancellationToken cancellationToken) =>
        ReadAsync(query, TableRule.For(query.Table, system.Name), Sources(query.Table), cancellationToken);

    public ValueTask<TableRows> LoadPrimaryAsync(TableQuery query, CancellationToken cancellationToken) =>
        ReadAsync(query, TableRule.For(query.Table, system.Name), PrimarySources(query.Table), cancellationToken);

    public ValueTask<TableRows> LoadCollectivesAsync(TableQuery query, bool oneCcl, CancellationToken cancellationToken) =>
        ReadAsync(query, TableRule.For(query.Table, system.Name), CollectiveSources(query.Table, oneCcl), cancellationToken);

    /// <summary>The files that <see cref="LoadAsync"/> reads, in order.</summary>
    public IReadOnlyList<TableSource> Sources(string table) => resolver.Sources(TableRule.For(table, system.Name).File);

    /// <summary>The files that <see cref="LoadPrimaryAsync"/> reads: at most one.</summary>
    public IReadOnlyList<TableSource> PrimarySources(string table) => resolver.PrimarySources(TableRule.For(table, system.Name).File);

    /// <summary>The files that <see cref="LoadCollectivesAsync"/> reads: at most one.</summary>
    public IReadOnlyList<TableSource> CollectiveSources(string table, bool oneCcl)
    {
        var library = oneCcl ? "oneccl" : "nccl";
        var file = TableRule.For(table, system.Name).File;
        return (oneCcl ? system.OneCclVersion : system.NcclVersion) is { } version && tree.Find(library, version, file) is { } found
            ? [new TableSource(found.Path, library, version)]
            : [];
    }

    /// <summary>A source's path below the systems folder, the same on every machine.</summary>
    public string RelativePath(TableSource source) => Path.GetRelativePath(systemsDirectory, source.Path).Replace('\\', '/');

    private static async ValueTask<TableRows> ReadAsync(
        TableQuery query, TableRule rule, IReadOnlyList<TableSource> sources, CancellationToken cancellationToken)
    {
        var scan = new TableScan(query, rule);
        foreach (var source in sources)
        {
            await FileTimeLimit.Default.RunAsync(source.Path, token => ScanAsync(scan, source, token), cancellationToken).ConfigureAwait(false);
        }

        // Only here: a read that was given up may still hold the scan.
        scan.Dispose();
        return scan.ToRows();
    }

    private static async ValueTask<bool> ScanAsync(TableScan scan, TableSource source, CancellationToken cancellationToken)
    {
        using var file = await TableFile.ReadAsync(source.Path, cancellationToken).ConfigureAwait(false);
        if (source.IsText)
        {
            await scan.AddAsync(await TextTable.ReadAsync(file, cancellationToken).ConfigureAwait(false), source.Kernels, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await ParquetTable.ScanAsync(file, scan, source.Kernels, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }
}
