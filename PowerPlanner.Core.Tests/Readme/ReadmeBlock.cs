using PowerPlanner.Tests.Architecture;

namespace PowerPlanner.Tests.Readme;

/// <summary>A block of code in the README, and the same lines in a source file between the marks <c>// begin</c> and <c>// end</c>; without indents and empty lines.</summary>
internal static class ReadmeBlock
{
    public static List<string> Under(string heading) => Trimmed(File.ReadAllLines(Path.Combine(SourceTree.Root, "README.md"))
        .SkipWhile(line => !(line.StartsWith('#') && line.TrimStart('#').Trim() == heading))
        .SkipWhile(line => line.Trim() != "```csharp")
        .Skip(1)
        .TakeWhile(line => line.Trim() != "```"));

    /// <summary>The usings of a file beside this one, where asked for, and its lines between the marks.</summary>
    public static List<string> Compiled(string file, bool withUsings)
    {
        var source = File.ReadAllLines(Path.Combine(SourceTree.Root, "PowerPlanner.Core.Tests", "Readme", file));
        var usings = source.Where(line => withUsings && line.StartsWith("using ", StringComparison.Ordinal));
        return Trimmed(usings.Concat(source.SkipWhile(line => line.Trim() != "// begin").Skip(1).TakeWhile(line => line.Trim() != "// end")));
    }

    private static List<string> Trimmed(IEnumerable<string> lines) => [.. lines.Select(line => line.Trim()).Where(line => line.Length > 0)];
}
