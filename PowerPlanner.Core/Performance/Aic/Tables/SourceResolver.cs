namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// Which files feed a table, in the order in which their rows count (specification 1.5): the requested version, versions that it declares as
/// donors, older versions of the same backend nearest first, kernels that other backends lend. Not thread-safe while it is built, immutable after.
/// </summary>
internal sealed class SourceResolver
{
    private readonly TableTree _tree;
    private readonly string _backend;
    private readonly string _version;
    private readonly List<(string Table, string FromVersion)> _donors;
    private readonly List<string> _olderVersions;
    private readonly ReuseManifest _manifest;

    private SourceResolver(
        TableTree tree, string backend, string version, List<(string Table, string FromVersion)> donors, List<string> olderVersions, ReuseManifest manifest)
    {
        _tree = tree;
        _backend = backend;
        _version = version;
        _donors = donors;
        _olderVersions = olderVersions;
        _manifest = manifest;
    }

    /// <exception cref="PerformanceFileException">A <c>reuse.yaml</c> or the manifest is damaged.</exception>
    public static async ValueTask<SourceResolver> CreateAsync(
        TableTree tree, string manifestPath, string backend, string version, CancellationToken cancellationToken)
    {
        var donors = new List<(string, string)>();
        foreach (var path in tree.ReuseFiles(backend, version))
        {
            donors.AddRange(await ReuseFile.LoadAsync(path, cancellationToken).ConfigureAwait(false));
        }

        var manifest = File.Exists(manifestPath)
            ? await ReuseManifest.LoadAsync(manifestPath, cancellationToken).ConfigureAwait(false)
            : ReuseManifest.Empty;
        return new SourceResolver(tree, backend, version, donors, OlderVersions(tree, backend, version), manifest);
    }

    /// <summary>Existing files that feed a table; none where nothing does.</summary>
    public IReadOnlyList<TableSource> Sources(string table)
    {
        var sources = new List<TableSource>();
        var primary = _tree.Find(_backend, _version, table);
        if (primary is { } found)
        {
            sources.Add(new TableSource(found.Path, _backend, _version));

            // The exclusion looks at the resolved path: a version without a file of its own inherits even from the family of collectives.
            if (found.IsCommunication)
            {
                return sources;
            }
        }

        var used = new HashSet<string>(StringComparer.Ordinal) { _version };
        foreach (var (donatedTable, fromVersion) in _donors)
        {
            if (donatedTable == table && used.Add(fromVersion))
            {
                AddVersion(sources, _backend, fromVersion, table, kernels: null);
            }
        }

        foreach (var older in _olderVersions)
        {
            if (!used.Contains(older))
            {
                AddVersion(sources, _backend, older, table, kernels: null);
            }
        }

        foreach (var (lender, kernels) in _manifest.Lenders(table, _backend))
        {
            foreach (var version in NewestFirst(_tree.Versions(lender)))
            {
                AddVersion(sources, lender, version, table, kernels);
            }
        }

        return sources;
    }

    /// <summary>The requested version's own file; none where it has none.</summary>
    public IReadOnlyList<TableSource> PrimarySources(string table) =>
        _tree.Find(_backend, _version, table) is { } found ? [new TableSource(found.Path, _backend, _version)] : [];

    private void AddVersion(List<TableSource> sources, string backend, string version, string table, IReadOnlySet<string>? kernels)
    {
        if (_tree.Find(backend, version, table) is { } found)
        {
            sources.Add(new TableSource(found.Path, backend, version, kernels));
        }
    }

    private static List<string> OlderVersions(TableTree tree, string backend, string version)
    {
        if (!Pep440Version.TryParse(version, out var requested))
        {
            return [];
        }

        var older = new List<(Pep440Version Parsed, string Name)>();
        foreach (var name in tree.Versions(backend))
        {
            if (Pep440Version.TryParse(name, out var parsed) && parsed.CompareTo(requested) < 0)
            {
                older.Add((parsed, name));
            }
        }

        older.Sort(NewestFirst);
        return older.ConvertAll(static v => v.Name);
    }

    private static List<string> NewestFirst(IEnumerable<string> names)
    {
        var parsed = new List<(Pep440Version Parsed, string Name)>();
        var unparsed = new List<string>();
        foreach (var name in names)
        {
            if (Pep440Version.TryParse(name, out var version))
            {
                parsed.Add((version, name));
            }
            else
            {
                unparsed.Add(name);
            }
        }

        parsed.Sort(NewestFirst);
        var ordered = parsed.ConvertAll(static v => v.Name);
        ordered.AddRange(unparsed);
        return ordered;
    }

    // Equal versions in different spellings: by name, so that the order is the same everywhere.
    private static int NewestFirst((Pep440Version Parsed, string Name) left, (Pep440Version Parsed, string Name) right)
    {
        var order = right.Parsed.CompareTo(left.Parsed);
        return order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
    }
}
