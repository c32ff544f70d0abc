namespace PowerPlanner.Performance.Aic.Tables;

/// <summary><c>systems/perf_data_reuse_manifest.yaml</c>: kernels whose rows one backend may take from another (specification 1.5, step 5).</summary>
internal sealed class ReuseManifest
{
    public const string Name = "perf_data_reuse_manifest.yaml";

    private readonly List<Group> _groups;

    private ReuseManifest(List<Group> groups) => _groups = groups;

    /// <summary>A manifest that lends nothing: of a systems folder without one.</summary>
    public static ReuseManifest Empty { get; } = new([]);

    /// <exception cref="PerformanceFileException">The file is damaged, or a tier is unknown.</exception>
    public static async ValueTask<ReuseManifest> LoadAsync(string path, CancellationToken cancellationToken) =>
        Read(await YamlDocument.LoadAsync(path, cancellationToken).ConfigureAwait(false));

    public static ReuseManifest Read(YamlFields root)
    {
        var groups = new List<Group>();
        foreach (var entry in root.Mappings("groups"))
        {
            var file = entry.Text("op_file");
            var kernel = entry.Text("kernel_source");
            var frameworks = new List<string>(entry.Texts("frameworks"));
            if (!frameworks.TrueForAll(FolderNames.IsPlain))
            {
                throw entry.Unfit("frameworks", "a list of backends' folder names");
            }

            switch (entry.Text("tier"))
            {
                case "shared" or "shared_fallback":
                    // The tables' predecessor was text; a manifest may still name it (specification 1.2).
                    groups.Add(new Group(Path.GetFileNameWithoutExtension(file), kernel, frameworks));
                    break;
                case "absence_load_bearing":
                    break;
                default:
                    throw entry.Unfit("tier", "shared, shared_fallback or absence_load_bearing");
            }
        }

        return new ReuseManifest(groups);
    }

    /// <summary>Other backends that lend rows of a table to a backend, in alphabetical order, with the kernels whose rows they lend.</summary>
    public IReadOnlyList<(string Backend, IReadOnlySet<string> Kernels)> Lenders(string table, string backend)
    {
        var lenders = new SortedDictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var group in _groups)
        {
            if (group.Table != table || !group.Frameworks.Contains(backend))
            {
                continue;
            }

            foreach (var framework in group.Frameworks)
            {
                if (framework != backend)
                {
                    if (!lenders.TryGetValue(framework, out var kernels))
                    {
                        lenders.Add(framework, kernels = new HashSet<string>(StringComparer.Ordinal));
                    }

                    kernels.Add(group.Kernel);
                }
            }
        }

        var list = new List<(string, IReadOnlySet<string>)>(lenders.Count);
        foreach (var (framework, kernels) in lenders)
        {
            list.Add((framework, kernels));
        }

        return list;
    }

    private sealed record Group(string Table, string Kernel, IReadOnlyList<string> Frameworks);
}
