namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// <c>reuse.yaml</c> beside the tables of one family and version: which other version may lend rows to a table (specification 1.5, step 3).
/// </summary>
internal static class ReuseFile
{
    public const string Name = "reuse.yaml";

    /// <summary>Table without extension and the version that lends, in file order.</summary>
    /// <exception cref="PerformanceFileException">The file is damaged, or has a schema that this library does not know.</exception>
    public static async ValueTask<IReadOnlyList<(string Table, string FromVersion)>> LoadAsync(string path, CancellationToken cancellationToken) =>
        Read(await YamlDocument.LoadAsync(path, cancellationToken).ConfigureAwait(false));

    public static IReadOnlyList<(string Table, string FromVersion)> Read(YamlFields root)
    {
        if (root.Text("schema_version") != "1")
        {
            throw root.Unfit("schema_version", "1");
        }

        var donors = new List<(string, string)>();
        foreach (var entry in root.Mappings("reuse"))
        {
            donors.Add((Plain(entry, "table"), Plain(entry, "from_version")));
        }

        return donors;
    }

    private static string Plain(YamlFields entry, string key)
    {
        var name = entry.Text(key);
        return FolderNames.IsPlain(name) ? name : throw entry.Unfit(key, "a name without path");
    }
}
