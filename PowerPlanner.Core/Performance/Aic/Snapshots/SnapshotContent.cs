using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Snapshots;

/// <summary>The payload of a snapshot: the hardware, and every answer that the tables gave while one engine was built.</summary>
internal sealed record SnapshotContent(AicBackend Backend, string BackendVersion, AicSystem System, IReadOnlyList<SnapshotTable> Tables)
{
    /// <summary>Folder, name, query, sources, rows, and the numbers of columns: what a table takes in a payload at least.</summary>
    private const int LeastTableBytes = 1 + (6 * sizeof(int));

    public ReadOnlyMemory<byte> ToPayload()
    {
        var writer = new SnapshotWriter();
        writer.Text(AicBackendNames.NameOf(Backend));
        writer.Text(BackendVersion);
        SystemSection.Write(System, writer);
        writer.Integer(Tables.Count);
        foreach (var table in Tables)
        {
            table.Write(writer);
        }

        return writer.Written;
    }

    /// <summary>Reads a whole snapshot file.</summary>
    /// <exception cref="PerformanceFileException">It is no snapshot, of another version, truncated or damaged.</exception>
    public static SnapshotContent Read(string path, ReadOnlySpan<byte> file)
    {
        var reader = new SnapshotReader(path, SnapshotFile.Payload(path, file));
        var name = reader.Text("backend");
        var backend = AicBackendNames.All.Contains(name)
            ? AicBackendNames.Parse(name)
            : throw reader.Unfit("backend", $"'{name}'", string.Join(", ", AicBackendNames.All));
        var version = reader.Text("backend version");
        var system = SystemSection.Read(ref reader);
        var tables = new SnapshotTable[reader.Count(LeastTableBytes, "number of tables")];
        for (var i = 0; i < tables.Length; i++)
        {
            tables[i] = SnapshotTable.Read(ref reader);
        }

        reader.End();
        return new SnapshotContent(backend, version, system, tables);
    }

    /// <summary>Refuses a snapshot whose sources, were they read now, might give other answers.</summary>
    /// <exception cref="PerformanceFileException">It is of another system, backend or version, or a source is not what it was.</exception>
    public async ValueTask CheckSourcesAsync(string path, AicBackend backend, string version, FolderTables tables, CancellationToken cancellationToken)
    {
        if (backend != Backend || version != BackendVersion || tables.System.Name != System.Name)
        {
            throw Stale(
                path,
                $"is of {System.Name}, {AicBackendNames.NameOf(Backend)} {BackendVersion}",
                $"{tables.System.Name}, {AicBackendNames.NameOf(backend)} {version}");
        }

        if (!SystemSection.Bytes(System).SequenceEqual(SystemSection.Bytes(tables.System)))
        {
            throw Stale(path, $"has other values of system '{System.Name}' than its file", "the same");
        }

        // Several queries to one table share its files, which are hashed once.
        var stamps = new Dictionary<(TableFolder, string), SourceStamp[]>();
        foreach (var table in Tables)
        {
            if (!stamps.TryGetValue((table.Folder, table.Table), out var now))
            {
                var sources = table.Folder switch
                {
                    TableFolder.Backend => tables.Sources(table.Table),
                    TableFolder.Primary => tables.PrimarySources(table.Table),
                    var library => tables.CollectiveSources(table.Table, library == TableFolder.OneCcl),
                };
                now = await SourceStamp.OfAsync(sources, tables, cancellationToken).ConfigureAwait(false);
                stamps.Add((table.Folder, table.Table), now);
            }

            Compare(path, table, now);
        }
    }

    private static void Compare(string path, SnapshotTable table, SourceStamp[] now)
    {
        for (var i = 0; i < Math.Max(now.Length, table.Sources.Length); i++)
        {
            var then = i < table.Sources.Length ? table.Sources[i] : null;
            var current = i < now.Length ? now[i] : null;
            if (then != current)
            {
                throw Stale(path, $"has source {i + 1} of {table.Table} as {Shown(then)}", Shown(current));
            }
        }
    }

    private static string Shown(SourceStamp? stamp) => stamp is null
        ? "none"
        : FormattableString.Invariant($"{stamp.Path} ({stamp.Length} bytes, SHA-256 {stamp.Sha256}{(stamp.Kernels is null ? "" : $", kernels {stamp.Kernels.Replace('\n', ' ')}")})");

    private static PerformanceFileException Stale(string path, string problem, string allowed) =>
        new(path, $"{problem}; allowed: {allowed}. The snapshot is stale: write it again.");
}
