namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Where the compile step gets hardware and table rows: the tables' folders, a snapshot, or rows made up by a test.</summary>
internal interface ITableSource
{
    AicSystem System { get; }

    /// <summary>Rows of all sources that feed a table (specification 1.5); none where no source has it.</summary>
    ValueTask<TableRows> LoadAsync(TableQuery query, CancellationToken cancellationToken);

    /// <summary>Rows of the requested version's own table; none where it has none.</summary>
    ValueTask<TableRows> LoadPrimaryAsync(TableQuery query, CancellationToken cancellationToken);

    /// <summary>Rows of the collective table of NCCL (<paramref name="oneCcl"/> false) or oneCCL; none where the system names no version.</summary>
    ValueTask<TableRows> LoadCollectivesAsync(TableQuery query, bool oneCcl, CancellationToken cancellationToken);
}
