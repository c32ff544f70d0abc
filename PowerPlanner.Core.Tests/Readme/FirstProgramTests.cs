namespace PowerPlanner.Tests.Readme;

internal sealed class FirstProgramTests
{
    private const int MostLines = 15;

    [Test]
    public void The_README_shows_the_program_that_is_compiled_here() =>
        Assert.That(ReadmeBlock.Under("First program"), Is.EqualTo(ReadmeBlock.Compiled("FirstProgram.cs", withUsings: true)));

    [Test]
    public void It_is_short() => Assert.That(ReadmeBlock.Under("First program"), Has.Count.InRange(1, MostLines));

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
}
