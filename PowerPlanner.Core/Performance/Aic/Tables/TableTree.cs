namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>The folders below <c>systems/data/&lt;system&gt;</c> and where a table's file lies among them (specification 1.2, 1.4).</summary>
internal sealed class TableTree
{
    private const string CommunicationFamily = "comm";
    private const string IncompleteMarker = "INCOMPLETE.txt";
    private const string CollectionMeta = "collection_meta.yaml";

    // A first-level folder of one of these names is the older flat layout, never a family.
    private static readonly string[] FlatFolders = ["trtllm", "sglang", "vllm", "nccl", "oneccl"];

    private readonly string _root;
    private readonly List<string> _families = [];

    /// <exception cref="PerformanceFileException">The folder cannot be read.</exception>
    public TableTree(string root)
    {
        _root = root;
        foreach (var folder in SubfolderNames(root))
        {
            if (!folder.StartsWith('.') && !FlatFolders.Contains(folder))
            {
                _families.Add(folder);
            }
        }
    }

    /// <summary>The file of a table, and whether it lies in the family of collectives; null where there is none.</summary>
    public (string Path, bool IsCommunication)? Find(string backend, string version, string table)
    {
        foreach (var family in _families)
        {
            var folder = Path.Combine(_root, family, backend, version);
            if (IsUsable(folder) && FileIn(folder, table) is { } path)
            {
                return (path, family == CommunicationFamily);
            }
        }

        return FileIn(Path.Combine(_root, backend, version), table) is { } flat ? (flat, false) : null;
    }

    /// <summary>Versions that have a folder for the backend, under a family or in the flat layout, in ordinal order.</summary>
    public IReadOnlyCollection<string> Versions(string backend)
    {
        var versions = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var folder in BackendFolders(backend))
        {
            versions.UnionWith(SubfolderNames(folder));
        }

        return versions;
    }

    /// <summary>Whether the version has a table at all, not only markers.</summary>
    public bool HasTables(string backend, string version)
    {
        foreach (var folder in BackendFolders(backend))
        {
            foreach (var name in Names(Path.Combine(folder, version), Directory.EnumerateFiles))
            {
                if (name.EndsWith(TableSource.ParquetExtension, StringComparison.Ordinal)
                    || (name.EndsWith(TableSource.TextExtension, StringComparison.Ordinal) && name != IncompleteMarker))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Existing <c>reuse.yaml</c> files of a version, family by family.</summary>
    public IEnumerable<string> ReuseFiles(string backend, string version)
    {
        foreach (var family in _families)
        {
            var path = Path.Combine(_root, family, backend, version, ReuseFile.Name);
            if (File.Exists(path))
            {
                yield return path;
            }
        }
    }

    private IEnumerable<string> BackendFolders(string backend)
    {
        foreach (var family in _families)
        {
            yield return Path.Combine(_root, family, backend);
        }

        yield return Path.Combine(_root, backend);
    }

    private static bool IsUsable(string folder) =>
        !File.Exists(Path.Combine(folder, IncompleteMarker)) || File.Exists(Path.Combine(folder, CollectionMeta));

    private static string? FileIn(string folder, string table)
    {
        var parquet = Path.Combine(folder, table + TableSource.ParquetExtension);
        var text = Path.Combine(folder, table + TableSource.TextExtension);
        return File.Exists(parquet) ? parquet : File.Exists(text) ? text : null;
    }

    // Sorted, so that nothing depends on the order in which a file system lists a folder.
    private static List<string> SubfolderNames(string folder) => Names(folder, Directory.EnumerateDirectories);

    private static List<string> Names(string folder, Func<string, IEnumerable<string>> enumerate)
    {
        var names = new List<string>();
        try
        {
            if (Directory.Exists(folder))
            {
                foreach (var path in enumerate(folder))
                {
                    names.Add(Path.GetFileName(path));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PerformanceFileException(folder, $"cannot be listed: {e.Message}", e);
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }
}
