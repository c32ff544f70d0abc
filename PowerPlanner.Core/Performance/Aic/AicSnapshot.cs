using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Snapshots;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic;

/// <summary>
/// What one engine needs of AIC's tables, in one file of about a megabyte: it loads several times faster than the tables do, and on machines
/// that have none. Estimates are the same to the last bit. Thread-safe.
/// </summary>
/// <remarks>
/// A snapshot holds the hardware's values and the rows that building the engine asked the tables for, each under its query, so it serves
/// any model and layout that asks the same. It does not hold the model: its configuration is read anew. Everything is little-endian and free
/// of culture; the header states format version, length and SHA-256, and a file that does not fit it is refused. Files are written beside
/// their place and moved there, so that several processes may share one.
/// </remarks>
public static class AicSnapshot
{
    /// <summary>Builds an engine from the tables and writes what it read of them.</summary>
    /// <param name="path">The snapshot file; replaced where it exists.</param>
    /// <param name="database">The tables.</param>
    /// <param name="model">The model.</param>
    /// <param name="layout">How the engine spreads over GPUs.</param>
    /// <param name="options">How the engine is started; null = the defaults of backend and checkpoint.</param>
    /// <param name="cancellationToken">Stops reading and writing; a file that was there stays as it was.</param>
    /// <returns>The engine.</returns>
    /// <exception cref="ArgumentException"><paramref name="database"/> is itself a snapshot.</exception>
    /// <exception cref="PerformanceFileException">A table is damaged, or the snapshot cannot be written.</exception>
    /// <exception cref="PerformanceException">The engine cannot be built, as in <see cref="AicEngine.LoadAsync(AicDatabase, ModelConfiguration, EngineLayout, AicEngineOptions?, CancellationToken)"/>.</exception>
    public static async ValueTask<AicEngine> SaveAsync(
        string path,
        AicDatabase database,
        ModelConfiguration model,
        EngineLayout layout,
        AicEngineOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var (engine, content) = await RecordAsync(path, database, model, layout, options, cancellationToken).ConfigureAwait(false);
        await SnapshotFile.WriteAsync(path, content.ToPayload(), cancellationToken).ConfigureAwait(false);
        return engine;
    }

    /// <summary>Opens a snapshot as a database, which then builds the engine that it was written for, and any other that asks the same of the tables.</summary>
    /// <param name="path">The snapshot file.</param>
    /// <param name="sources">
    /// The tables that it must have been made from: the same files, of the same content (length and SHA-256), in the same order, and the same
    /// values of the system. That takes some 10 ms, as files are hashed but not decoded. Null = not compared: for machines without tables, or
    /// where they never change.
    /// </param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>A database with the snapshot's system, backend and version. Asked for other rows than it holds, it throws a <see cref="PerformanceFileException"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="sources"/> is itself a snapshot.</exception>
    /// <exception cref="PerformanceFileException">It is no snapshot, of another format version, truncated, damaged, or made from other sources.</exception>
    public static async ValueTask<AicDatabase> OpenAsync(string path, AicDatabase? sources = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var folders = sources is null ? null : FoldersOf(sources, nameof(sources));
        var content = await FileTimeLimit.Default.RunAsync(path, token => ReadAsync(path, token), cancellationToken).ConfigureAwait(false);
        if (folders is not null)
        {
            await content.CheckSourcesAsync(path, sources!.Backend, sources.Version, folders, cancellationToken).ConfigureAwait(false);
        }

        return new AicDatabase(content.Backend, content.BackendVersion, new SnapshotTables(path, content));
    }

    /// <summary>
    /// Builds an engine from a snapshot where there is one that fits the tables and the engine; else from the tables, and writes it for the next
    /// time. An unwritable file costs that next time only: it is one of <see cref="AicEngine.Warnings"/>.
    /// </summary>
    /// <inheritdoc cref="SaveAsync" path="/param"/>
    /// <returns>The engine, the same either way.</returns>
    /// <exception cref="ArgumentException"><paramref name="database"/> is itself a snapshot.</exception>
    /// <exception cref="PerformanceException">The engine cannot be built, as in <see cref="AicEngine.LoadAsync(AicDatabase, ModelConfiguration, EngineLayout, AicEngineOptions?, CancellationToken)"/>.</exception>
    public static async ValueTask<AicEngine> LoadOrSaveAsync(
        string path,
        AicDatabase database,
        ModelConfiguration model,
        EngineLayout layout,
        AicEngineOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(database);
        FoldersOf(database, nameof(database));
        if (File.Exists(path))
        {
            try
            {
                var snapshot = await OpenAsync(path, database, cancellationToken).ConfigureAwait(false);
                return await AicEngine.LoadAsync(snapshot, model, layout, options, cancellationToken).ConfigureAwait(false);
            }
            catch (PerformanceFileException e) when (e.Path == path)
            {
                // Stale, damaged or another engine's: what follows replaces it.
            }
        }

        var (engine, content) = await RecordAsync(path, database, model, layout, options, cancellationToken).ConfigureAwait(false);
        try
        {
            await SnapshotFile.WriteAsync(path, content.ToPayload(), cancellationToken).ConfigureAwait(false);
            return engine;
        }
        catch (PerformanceFileException e)
        {
            return engine.WithWarning(e.Message);
        }
    }

    private static async ValueTask<(AicEngine Engine, SnapshotContent Content)> RecordAsync(
        string path, AicDatabase database, ModelConfiguration model, EngineLayout layout, AicEngineOptions? options, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(database);
        var recording = new RecordingTables(FoldersOf(database, nameof(database)));
        var engine = await AicEngine
            .LoadAsync(new AicDatabase(database.Backend, database.Version, recording), model, layout, options, cancellationToken)
            .ConfigureAwait(false);
        return (engine, new SnapshotContent(database.Backend, database.Version, database.System, recording.Recorded));
    }

    private static FolderTables FoldersOf(AicDatabase database, string parameter) => database.Tables as FolderTables
        ?? throw new ArgumentException("The database was opened from a snapshot, which has no source files; open the tables with AicDatabase.OpenAsync, or copy the snapshot's file.", parameter);

    private static async ValueTask<SnapshotContent> ReadAsync(string path, CancellationToken cancellationToken)
    {
        using var file = await TableFile.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        return SnapshotContent.Read(path, file.Bytes.Span);
    }
}
