namespace PowerPlanner.Tests.Architecture;

/// <summary>The repository's own files, for tests that watch over the layout.</summary>
internal static class SourceTree
{
    /// <summary>The folder of the solution file.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The library's source files as (path from the library's folder, text).</summary>
    public static IEnumerable<(string Path, string Text)> CoreFiles()
    {
        var core = Path.Combine(Root, "PowerPlanner.Core");
        foreach (var file in Directory.EnumerateFiles(core, "*.cs", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(core, file).Replace('\\', '/');
            if (!path.StartsWith("obj/", StringComparison.Ordinal) && !path.StartsWith("bin/", StringComparison.Ordinal))
            {
                yield return (path, File.ReadAllText(file));
            }
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PowerPlanner.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No PowerPlanner.slnx above {AppContext.BaseDirectory}: these tests read the source tree.");
    }
}
