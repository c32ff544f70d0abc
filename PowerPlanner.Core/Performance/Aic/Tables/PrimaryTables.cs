namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// Tables of the requested version alone, without what other versions and backends lend (specification 1.5): what AIC's EMPIRICAL and SOL modes read.
/// </summary>
internal sealed class PrimaryTables(ITableSource tables) : ITableSource
{
    public AicSystem System => tables.System;

    public ValueTask<TableRows> LoadAsync(TableQuery query, CancellationToken cancellationToken) => tables.LoadPrimaryAsync(query, cancellationToken);

    public ValueTask<TableRows> LoadPrimaryAsync(TableQuery query, CancellationToken cancellationToken) => tables.LoadPrimaryAsync(query, cancellationToken);

    public ValueTask<TableRows> LoadCollectivesAsync(TableQuery query, bool oneCcl, CancellationToken cancellationToken) =>
        tables.LoadCollectivesAsync(query, oneCcl, cancellationToken);
}
