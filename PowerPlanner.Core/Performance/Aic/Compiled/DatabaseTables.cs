using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>The tables of a database.</summary>
internal sealed class DatabaseTables(AicDatabase database) : ITableSource
{
    public AicSystem System => database.System;

    public ValueTask<TableRows> LoadAsync(TableQuery query, CancellationToken cancellationToken) => database.LoadAsync(query, cancellationToken);

    public ValueTask<TableRows> LoadCollectivesAsync(TableQuery query, bool oneCcl, CancellationToken cancellationToken) =>
        database.LoadCollectivesAsync(query, oneCcl, cancellationToken);
}
