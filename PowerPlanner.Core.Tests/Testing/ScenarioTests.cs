using PowerPlanner.Testing.Scenarios;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Tests.Testing;

/// <summary>The closed loop under stress: every scenario's assertions, and the invariants of every run.</summary>
internal sealed class ScenarioTests
{
    private static IEnumerable<TestCaseData<Scenario>> Scenarios => ScenarioCatalog.All.Select(scenario => new TestCaseData<Scenario>(scenario).SetArgDisplayNames(scenario.Name));

    private static IEnumerable<TestCaseData<Scenario>> ProvingScenarios => Scenarios.Select(test => ScenarioProofs.Of(((Scenario)test.Arguments[0]!).Name).Aggregate(test, (proof, named) =>
    {
        proof.SetProperty(named.Property, named.Id);
        return proof;
    }));

    // A model that hangs takes real time.
    private static IEnumerable<TestCaseData<Scenario>> ScenariosForNoise => Scenarios.Where(test => !((Scenario)test.Arguments[0]!).Events.OfType<ModelFailure>().Any(failure => failure.Mode == ModelFailureMode.Hangs));

    [TestCaseSource(nameof(ProvingScenarios))]
    public async Task A_scenario_holds(Scenario scenario)
    {
        var run = await ScenarioRunner.RunAsync(scenario);

        Assert.That(run.Violations, Is.Empty, await StoryAsync(scenario.Title, run));
    }

    [TestCaseSource(nameof(ScenariosForNoise))]
    public async Task Noise_breaks_no_invariant(Scenario scenario)
    {
        var noisy = scenario with { Noise = FleetNoise.Default, Assertions = [] };
        for (var seed = 1UL; seed <= 100; seed++)
        {
            var run = await ScenarioRunner.RunAsync(noisy, seed);

            Assert.That(run.Violations, Is.Empty, await StoryAsync($"{scenario.Name}, seed {seed}", run));
        }
    }

    [Test]
    public async Task A_random_walk_of_budget_load_bias_and_faults_breaks_no_invariant([Range(1, 20)] int seed)
    {
        var run = await ScenarioRunner.RunAsync(RandomScenario.Create((ulong)seed, ticks: 1000), (ulong)seed);

        Assert.That(run.Violations, Is.Empty, run.Scenario.Title);
    }

    [Test]
    public async Task A_run_is_the_same_on_repetition()
    {
        var scenario = ScenarioCatalog.Find("A1")! with { Noise = FleetNoise.Default };

        var first = await ScenarioRunner.RunAsync(scenario, 7);
        var second = await ScenarioRunner.RunAsync(scenario, 7);

        Assert.That(second.Ticks.Select(tick => (tick.Truth, tick.Status.Corrections, tick.Status.LedgerWatts)), Is.EqualTo(first.Ticks.Select(tick => (tick.Truth, tick.Status.Corrections, tick.Status.LedgerWatts))));
    }

    [Test]
    public async Task A_broken_assertion_says_where_and_what()
    {
        var scenario = ScenarioCatalog.Find("A2")! with
        {
            Ticks = 5,
            Assertions = [ScenarioAssertion.At(3, ScenarioSignal.PrefillCapWatts, ScenarioComparison.Equal, 449)],
        };

        var run = await ScenarioRunner.RunAsync(scenario);

        Assert.That(run.Violations, Is.EqualTo(new[] { "t3: PrefillCapWatts == 449; t3: PrefillCapWatts is 450" }));
    }

    [Test]
    public void Scenarios_have_names_of_their_own() =>
        Assert.That(ScenarioCatalog.All.Select(scenario => scenario.Name), Is.Unique);

    [Test]
    public void Only_scenarios_that_exist_prove_anything() =>
        Assert.That(ScenarioProofs.Scenarios, Is.SubsetOf(ScenarioCatalog.All.Select(scenario => scenario.Name)));

    private static async Task<string?> StoryAsync(string? what, ScenarioRun run) => run.Passed ? what : $"{what}; journal: {await ScenarioRunner.RecordAsync(run)}";
}
