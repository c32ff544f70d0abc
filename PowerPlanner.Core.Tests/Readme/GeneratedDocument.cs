using PowerPlanner.Tests.Architecture;

namespace PowerPlanner.Tests.Readme;

/// <summary>A document that is written from the code: a test compares it, and writes it where <c>POWERPLANNER_WRITE_DOCS=1</c> is set.</summary>
internal static class GeneratedDocument
{
    public static void AssertIsCurrent(string name, IEnumerable<string> lines)
    {
        var path = Path.Combine(SourceTree.Root, "docs", name);
        var expected = string.Join('\n', lines) + '\n';
        if (Environment.GetEnvironmentVariable("POWERPLANNER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, expected);
        }

        Assert.That(
            File.Exists(path) ? File.ReadAllText(path) : string.Empty,
            Is.EqualTo(expected),
            $"docs/{name} is out of date; run the tests with POWERPLANNER_WRITE_DOCS=1 to write it.");
    }

    /// <summary>A row of a Markdown table.</summary>
    public static string Row(params string?[] cells) => $"| {string.Join(" | ", cells.Select(cell => (cell ?? string.Empty).Replace("|", "\\|", StringComparison.Ordinal)))} |";

    /// <summary>A name or a value in code type; empty stays empty.</summary>
    public static string Code(string? text) => string.IsNullOrEmpty(text) ? string.Empty : $"`{text}`";
}
