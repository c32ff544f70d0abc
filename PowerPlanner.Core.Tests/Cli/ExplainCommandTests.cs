using System.Text.Json.Nodes;
using PowerPlanner.Tests.Hosting;
using Snapshooter.NUnit;

namespace PowerPlanner.Tests.Cli;

internal sealed class ExplainCommandTests
{
    private const string Table = """
        { "isl": 1000, "osl": 200, "ttftMs": 200, "itlMs": 20, "prefillEngine": { "tp": 8 }, "decodeEngine": { "tp": 8 }, "tdpWatts": 700, "totalGpuPowerLimitWatts": 8000,
          "performance": { "kind": "table", "prefill": [{ "ttftMs": 50, "powerW": 400 }], "decode": [{ "batch": 8, "itlMs": 10, "powerW": 300 }, { "batch": 32, "itlMs": 30, "powerW": 320 }], "maxKvTokens": 50000 } }
        """;

    [Test]
    public async Task An_explanation_in_JSON() => Snapshot.Match((await CliRun.On(WithBudget(30_000), "explain", "--config", "FILE", "--json")).Stable());

    [Test]
    public async Task An_explanation_for_people() => Snapshot.Match((await CliRun.On(WithBudget(30_000), "explain", "--config", "FILE")).Output);

    [Test]
    public async Task No_plan_in_JSON()
    {
        var run = await CliRun.On(WithBudget(9000), "explain", "--config", "FILE", "--json");

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((1, string.Empty)));
        Snapshot.Match(run.Stable());
    }

    [Test]
    public async Task No_plan_for_people()
    {
        var run = await CliRun.On(WithBudget(9000), "explain", "--config", "FILE");

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Snapshot.Match(run.Output);
    }

    [Test]
    public async Task What_one_kilowatt_gives_and_takes_is_what_plans_say()
    {
        var explanation = (await CliRun.On(WithBudget(30_000), "explain", "--config", "FILE", "--json")).Json;
        var (less, now, more) = (await Served(29_000), await Served(30_000), await Served(31_000));

        Assert.That((double)explanation["gainOfOneKilowattRequestsPerSecond"]!, Is.EqualTo(more - now).Within(1e-9));
        Assert.That((double)explanation["lossOfOneKilowattRequestsPerSecond"]!, Is.EqualTo(now - less).Within(1e-9));

        static async Task<double> Served(int watts) => (double)(await CliRun.On(WithBudget(watts), "plan", "--config", "FILE", "--json")).Json["plan"]!["throughputRequestsPerSecond"]!;
    }

    [Test]
    public async Task The_next_larger_plan_takes_the_watts_that_are_missing()
    {
        var explanation = (await CliRun.On(WithBudget(30_000), "explain", "--config", "FILE", "--json")).Json;

        var larger = Alternative(explanation, "nextLarger");
        Assert.That((long)larger["totalWatts"]!, Is.EqualTo(30_000 + (long)explanation["wattsToNextPlan"]!));
        Assert.That((double)larger["throughputRequestsPerSecond"]!, Is.GreaterThan((double)explanation["plan"]!["throughputRequestsPerSecond"]!));
        Assert.That((double)Alternative(explanation, "nextSmaller")["throughputRequestsPerSecond"]!, Is.LessThan((double)explanation["plan"]!["throughputRequestsPerSecond"]!));
    }

    [Test]
    public async Task The_smallest_budget_is_that_of_the_plan_shown_for_it()
    {
        var explanation = (await CliRun.On(WithBudget(9000), "explain", "--config", "FILE", "--json")).Json;

        Assert.That((long)Alternative(explanation, "smallestBudget")["totalWatts"]!, Is.EqualTo((long)explanation["minimumBudgetWatts"]!));
    }

    [TestCase("\"ttftMs\": 200", "\"ttftMs\": 20", "slaInfeasible", "ttftTarget")]
    [TestCase("\"itlMs\": 20,", "\"itlMs\": 5,", "slaInfeasible", "itlTarget")]
    [TestCase("\"ttftMs\": 200, \"itlMs\": 20,", "\"ttftMs\": 20, \"itlMs\": 5,", "slaInfeasible", "several")]
    [TestCase("8000", "100", "powerBudgetInfeasible", "watts")]
    [TestCase("\"osl\"", "\"maxGpuBudget\": 8, \"osl\"", "gpuBudgetInfeasible", "gpus")]
    [TestCase("50000", "100", "kvInfeasible", "kvCapacity")]
    [TestCase("\"osl\"", "\"objective\": \"LeastPower\", \"targetRequestsPerSecond\": 100, \"osl\"", "targetInfeasible", "watts")]
    public async Task What_stands_in_the_way_is_named(string field, string changed, string reason, string binding)
    {
        var run = await CliRun.On(Table.Replace(field, changed, StringComparison.Ordinal), "explain", "--config", "FILE", "--json");

        Assert.That((run.ExitCode, (string?)run.Json["reason"], (string?)run.Json["bindingConstraint"]), Is.EqualTo((1, reason, binding)));
    }

    [Test]
    public async Task A_target_that_binds_is_named_with_what_it_costs()
    {
        var config = Table.Replace("8000", "100000", StringComparison.Ordinal).Replace("\"osl\"", "\"maxReplicas\": 1, \"maxGpuBudget\": 16, \"osl\"", StringComparison.Ordinal);

        var run = await CliRun.On(config, "explain", "--config", "FILE", "--json");

        var itl = run.Json["constraints"]!.AsArray().Single(margin => (string?)margin!["constraint"] == "itlTarget")!;
        Assert.That((string?)run.Json["bindingConstraint"], Is.EqualTo("itlTarget"));
        Assert.That(((double)itl["limit"]!, (double)itl["used"]!, (double)itl["margin"]!), Is.EqualTo((20.0, 10.0, 10.0)));
        Assert.That((double)itl["gainWithoutRequestsPerSecond"]!, Is.EqualTo(0.92 * ((32 * 1000 / (30 * 200.0)) - (8 * 1000 / (10 * 200.0)))).Within(1e-9));
    }

    [Test]
    public async Task The_references_policy_knows_no_next_plan()
    {
        var config = OptionSamples.Json.Replace("\"isl\"", "\"replicaPolicy\": \"DecodeFirst\", \"isl\"", StringComparison.Ordinal);

        var run = await CliRun.On(config, "explain", "--config", "FILE");

        Assert.That(run.ExitCode, Is.EqualTo(0));
        Assert.That(run.Output, Does.Contain("One kilowatt more").And.Not.Contain("next larger").And.Not.Contain("alone makes"));
    }

    [Test]
    public async Task An_aggregated_fleet_is_explained_too()
    {
        const string Json = """
            { "mode": "agg", "isl": 1024, "osl": 200, "aggEngine": { "tp": 8 }, "objective": "LeastPower", "targetRequestsPerSecond": 20, "electricityPricePerKwh": 0.25,
              "performance": { "kind": "fixed", "ttftMs": 50, "itlMs": 10, "maxKvTokens": 50000, "prefillPowerW": 603, "decodePowerW": 558 } }
            """;

        Snapshot.Match((await CliRun.On(Json, "explain", "--config", "FILE")).Output);
    }

    [Test]
    public async Task Bad_configurations_are_bad_input()
    {
        var run = await CliRun.On(WithBudget(-5), "explain", "--config", "FILE", "--json");

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, string.Empty)));
        Assert.That(run.Error, Does.Contain("totalGpuPowerLimitWatts").And.Contain("-5"));
    }

    private static JsonNode Alternative(JsonNode explanation, string kind) =>
        explanation["alternatives"]!.AsArray().Single(alternative => (string?)alternative!["kind"] == kind)!["plan"]!;

    private static string WithBudget(int watts) => OptionSamples.Json.Replace("40000", $"{watts}", StringComparison.Ordinal);
}
