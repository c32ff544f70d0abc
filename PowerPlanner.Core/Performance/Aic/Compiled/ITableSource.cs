using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Where the compile step gets hardware and table rows: a database, or rows made up by a test.</summary>
internal interface ITableSource
{
    AicSystem System { get; }

    ValueTask<TableRows> LoadAsync(TableQuery query, CancellationToken cancellationToken);

    ValueTask<TableRows> LoadCollectivesAsync(TableQuery query, bool oneCcl, CancellationToken cancellationToken);
}
