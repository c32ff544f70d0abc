using PowerPlanner.Testing.Scenarios;

namespace PowerPlanner.Tests.Control;

/// <summary>The random walk of budget, load, biases and faults at its full size (scenario X11): a minute or more, so on request only.</summary>
internal sealed class FullRandomWalkTests
{
    [Test, Explicit("On request: a million ticks.")]
    public async Task No_invariant_breaks_in_ten_thousand_ticks()
    {
        for (ulong seed = 1; seed <= 100; seed++)
        {
            var run = await ScenarioRunner.RunAsync(RandomScenario.Create(seed, ticks: 10_000), seed);

            Assert.That(run.Violations, Is.Empty, $"{run.Scenario.Title}, seed {seed}; journal: {(run.Passed ? null : await ScenarioRunner.RecordAsync(run))}");
        }
    }
}
