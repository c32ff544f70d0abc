namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>
/// Everything that can happen to a tiny fleet, in every order: after each command what may be drawn fits the budget or nothing has risen, the
/// ledger covers the truth after each fresh read, and from every state the fleet comes to rest at what a fresh planner finds.
/// </summary>
/// <remarks>What a process cannot know is excused until it reads it: edits of others, and what a process without memory left behind.</remarks>
[Property("Rule", "LIB-13.2-a")]
internal sealed class ExplorationTests
{
    [TestCaseSource(typeof(TinyWorlds), nameof(TinyWorlds.Shallow))]
    public void No_promise_breaks_within_a_few_steps(TinyRules rules, int depth)
    {
        using var explorer = new Explorer(rules);

        explorer.Run(depth).Dive(steps: 25, dives: 150);

        TestContext.Out.WriteLine(explorer.Summary);
        Assert.That(explorer.Violations, Is.Empty, explorer.Told);
    }

    [TestCaseSource(typeof(TinyWorlds), nameof(TinyWorlds.All))]
    [Explicit("On request: takes minutes and gigabytes for each world.")]
    public void No_promise_breaks_as_far_as_time_allows(TinyRules rules)
    {
        using var explorer = new Explorer(rules);

        explorer.Run(depth: 100, atMost: TimeSpan.FromMinutes(3), mostViolations: 5).Dive(steps: 40, dives: 3000, mostViolations: 5);

        TestContext.Out.WriteLine($"{explorer.Summary}{Environment.NewLine}{explorer.SlowestPath}");
        Assert.That(explorer.Violations, Is.Empty, explorer.Told);
    }
}
