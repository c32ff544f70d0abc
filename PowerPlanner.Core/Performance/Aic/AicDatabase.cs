using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic;

/// <summary>
/// AIC's tables of one GPU system, backend and version. It keeps where the tables lie, not their rows: they are read whenever an engine is
/// built, which keeps what it needs. <see cref="AicSnapshot.OpenAsync"/> makes one of a snapshot file. Thread-safe.
/// </summary>
public sealed class AicDatabase
{
    internal AicDatabase(AicBackend backend, string version, ITableSource tables)
    {
        Backend = backend;
        Version = version;
        Tables = tables;
    }

    /// <summary>The backend whose kernels were measured.</summary>
    public AicBackend Backend { get; }

    /// <summary>The backend's version.</summary>
    public string Version { get; }

    internal AicSystem System => Tables.System;

    internal ITableSource Tables { get; }

    /// <summary>What a mode reads of the tables (specification 1.5): without measurements first, the requested version's own alone.</summary>
    internal AicDatabase For(AicEstimationMode mode) =>
        mode is AicEstimationMode.Empirical or AicEstimationMode.SpeedOfLight ? new AicDatabase(Backend, Version, new PrimaryTables(Tables)) : this;

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
        return new AicDatabase(backend, version, new FolderTables(systemsDirectory, description, tree, sources));
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

    /// <inheritdoc cref="ITableSource.LoadAsync"/>
    internal ValueTask<TableRows> LoadAsync(TableQuery query, CancellationToken cancellationToken) => Tables.LoadAsync(query, cancellationToken);

    /// <inheritdoc cref="ITableSource.LoadCollectivesAsync"/>
    internal ValueTask<TableRows> LoadCollectivesAsync(TableQuery query, bool oneCcl, CancellationToken cancellationToken) =>
        Tables.LoadCollectivesAsync(query, oneCcl, cancellationToken);

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
}
