using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic;

/// <summary>
/// AIC's tables of one GPU system, backend and version. It keeps where the tables lie, not their rows: they are read whenever an engine is
/// built, which keeps what it needs. Thread-safe.
/// </summary>
public sealed class AicDatabase
{
    private readonly TableTree _tree;
    private readonly SourceResolver _sources;

    private AicDatabase(AicSystem system, AicBackend backend, string version, TableTree tree, SourceResolver sources)
    {
        System = system;
        Backend = backend;
        Version = version;
        _tree = tree;
        _sources = sources;
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
    public static async ValueTask<AicDatabase> OpenAsync(
        string systemsDirectory, string system, AicBackend backend, string version, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(systemsDirectory);
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(version);
        var backendName = AicBackendNames.NameOf(backend);
        var (description, tree) = await OpenSystemAsync(systemsDirectory, system, cancellationToken).ConfigureAwait(false);
        var versions = tree.Versions(backendName);
        if (!versions.Contains(version))
        {
            throw new UnknownSystemException($"System '{system}' has no tables of {backendName} version '{version}'; there are {Listed(versions)}.");
        }

        var sources = await SourceResolver
            .CreateAsync(tree, Path.Combine(systemsDirectory, ReuseManifest.Name), backendName, version, cancellationToken)
            .ConfigureAwait(false);
        return new AicDatabase(description, backend, version, tree, sources);
    }

    /// <summary>Systems that a folder describes, in ordinal order.</summary>
    /// <param name="systemsDirectory">AIC's <c>systems</c> folder.</param>
    /// <exception cref="UnknownSystemException">The folder cannot be listed.</exception>
    public static IReadOnlyList<string> ListSystems(string systemsDirectory)
    {
        ArgumentException.ThrowIfNullOrEmpty(systemsDirectory);
        return SystemNames(systemsDirectory);
    }

    /// <summary>
    /// Versions of a backend that have tables of a system, oldest first by AIC's rule (major, minor, patch, final above release candidate,
    /// candidate, numeric suffix): the last one is the newest.
    /// </summary>
    /// <param name="systemsDirectory">AIC's <c>systems</c> folder.</param>
    /// <param name="system">Name of a system, e.g. <c>h200_sxm</c>.</param>
    /// <param name="backend">The backend.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="UnknownSystemException">No such system or backend.</exception>
    /// <exception cref="PerformanceFileException">The system's file is damaged or incomplete.</exception>
    public static async ValueTask<IReadOnlyList<string>> ListVersionsAsync(
        string systemsDirectory, string system, AicBackend backend, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(systemsDirectory);
        ArgumentNullException.ThrowIfNull(system);
        var name = AicBackendNames.NameOf(backend);
        var (_, tree) = await OpenSystemAsync(systemsDirectory, system, cancellationToken).ConfigureAwait(false);
        var versions = new List<string>();
        foreach (var version in tree.Versions(name))
        {
            if (tree.HasTables(name, version))
            {
                versions.Add(version);
            }
        }

        versions.Sort(AicVersionOrder.OldestFirst);
        return versions;
    }

    /// <summary>Rows of all sources that feed a table (specification 1.5); none where no source has it.</summary>
    internal ValueTask<TableRows> LoadAsync(TableQuery query, CancellationToken cancellationToken)
    {
        var rule = TableRule.For(query.Table, System.Name);
        return ReadAsync(query, rule, _sources.Sources(rule.File), cancellationToken);
    }

    /// <summary>Rows of the collective table of NCCL (<paramref name="oneCcl"/> false) or oneCCL; none where the system names no version.</summary>
    internal ValueTask<TableRows> LoadCollectivesAsync(TableQuery query, bool oneCcl, CancellationToken cancellationToken)
    {
        var library = oneCcl ? "oneccl" : "nccl";
        var rule = TableRule.For(query.Table, System.Name);
        return ReadAsync(
            query,
            rule,
            (oneCcl ? System.OneCclVersion : System.NcclVersion) is { } version && _tree.Find(library, version, rule.File) is { } found
                ? [new TableSource(found.Path, library, version)]
                : [],
            cancellationToken);
    }

    private static async ValueTask<(AicSystem System, TableTree Tree)> OpenSystemAsync(
        string systemsDirectory, string system, CancellationToken cancellationToken)
    {
        var systems = SystemNames(systemsDirectory);
        if (!systems.Contains(system))
        {
            throw new UnknownSystemException($"System '{system}' is unknown; '{systemsDirectory}' has {Listed(systems)}.");
        }

        var (description, dataDirectory) = await AicSystemFile.LoadAsync(systemsDirectory, system, cancellationToken).ConfigureAwait(false);
        return (description, new TableTree(dataDirectory));
    }

    private static List<string> SystemNames(string systemsDirectory)
    {
        var names = new List<string>();
        try
        {
            foreach (var path in Directory.EnumerateFiles(systemsDirectory, "*.yaml"))
            {
                if (Path.GetFileName(path) != ReuseManifest.Name)
                {
                    names.Add(Path.GetFileNameWithoutExtension(path));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnknownSystemException($"The systems folder '{systemsDirectory}' cannot be listed: {e.Message}", e);
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private static string Listed(IReadOnlyCollection<string> names) => names.Count > 0 ? string.Join(", ", names) : "none";

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
