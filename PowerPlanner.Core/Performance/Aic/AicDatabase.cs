using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic;

/// <summary>
/// AIC's tables of one GPU system, backend and version. Tables are read when an engine needs them and kept. Thread-safe.
/// </summary>
public sealed class AicDatabase
{
    private AicDatabase(AicSystem system, AicBackend backend, string version)
    {
        System = system;
        Backend = backend;
        Version = version;
    }

    /// <summary>The backend whose kernels were measured.</summary>
    public AicBackend Backend { get; }

    /// <summary>The backend's version.</summary>
    public string Version { get; }

    internal AicSystem System { get; }

    /// <summary>Opens the tables of a system, a backend and a version.</summary>
    /// <param name="systemsDirectory">AIC's <c>systems</c> folder.</param>
    /// <param name="system">Name of a system, e.g. <c>h200_sxm</c>: its YAML file's name without extension.</param>
    /// <param name="backend">The backend.</param>
    /// <param name="version">A version of it, e.g. <c>0.22.0</c>.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="UnknownSystemException">No such system, or none of its tables has the backend and version.</exception>
    /// <exception cref="PerformanceFileException">A file is damaged or incomplete.</exception>
    public static ValueTask<AicDatabase> OpenAsync(string systemsDirectory, string system, AicBackend backend, string version, CancellationToken cancellationToken = default) =>
        throw new UnknownSystemException("Not built yet.");

    /// <summary>Rows of all sources that feed a table (specification 1.5); none where no source has it.</summary>
    internal ValueTask<TableRows> LoadAsync(TableQuery query, CancellationToken cancellationToken) =>
        throw new NoPerformanceDataException($"{Version}: not built yet.");

    /// <summary>Rows of the collective table of NCCL (<paramref name="oneCcl"/> false) or oneCCL; none where the system names no version.</summary>
    internal ValueTask<TableRows> LoadCollectivesAsync(TableQuery query, bool oneCcl, CancellationToken cancellationToken) =>
        throw new NoPerformanceDataException($"{Version}: not built yet.");
}
