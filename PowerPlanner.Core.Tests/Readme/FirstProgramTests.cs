using PowerPlanner.Tests.Architecture;

namespace PowerPlanner.Tests.Readme;

internal sealed class FirstProgramTests
{
    private const int MostLines = 15;

    [Test]
    public void The_README_shows_the_program_that_is_compiled_here()
    {
        var source = File.ReadAllLines(Path.Combine(SourceTree.Root, "PowerPlanner.Core.Tests", "Readme", "FirstProgram.cs"));
        var usings = source.Where(line => line.StartsWith("using ", StringComparison.Ordinal));
        var body = source.SkipWhile(line => line.Trim() != "// begin").Skip(1).TakeWhile(line => line.Trim() != "// end");

        Assert.That(Block("First program"), Is.EqualTo(Trimmed(usings.Concat(body))));
    }

    [Test]
    public void It_is_short() => Assert.That(Block("First program"), Has.Count.InRange(1, MostLines));

    [Test]
    [NonParallelizable]
    public async Task It_prints_a_plan()
    {
        var console = Console.Out;
        using var output = new StringWriter();
        Console.SetOut(output);
        try
        {
            await FirstProgram.RunAsync();
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.That(output.ToString(), Does.Match("^[0-9]+ prefill engines at [0-9]+ W, [0-9]+ decode engines at [0-9]+ W a GPU"));
    }

    private static List<string> Block(string heading)
    {
        var block = File.ReadAllLines(Path.Combine(SourceTree.Root, "README.md"))
            .SkipWhile(line => !(line.StartsWith('#') && line.TrimStart('#').Trim() == heading))
            .SkipWhile(line => line.Trim() != "```csharp")
            .Skip(1)
            .TakeWhile(line => line.Trim() != "```");
        return Trimmed(block);
    }

    private static List<string> Trimmed(IEnumerable<string> lines) => [.. lines.Select(line => line.Trim()).Where(line => line.Length > 0)];
}
