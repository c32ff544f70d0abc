using PowerPlanner.Tests.Hosting;
using Snapshooter.NUnit;

namespace PowerPlanner.Tests.Cli;

internal sealed class PlanCommandTests
{
    [Test]
    public async Task The_contracts_example_has_the_contracts_answer()
    {
        var run = await CliRun.On(OptionSamples.Json, "plan", "--config", "FILE", "--json");

        var plan = run.Json["plan"]!;
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        Assert.That(Numbers("prefillReplicas", "decodeReplicas", "prefillCapWatts", "decodeCapWatts", "decodeBatch", "totalWatts", "totalGpus"), Is.EqualTo(new[] { 4.0, 4, 603, 558, 40, 37_152, 64 }));
        Assert.That(Numbers("throughputRequestsPerSecond", "throughputTokensPerSecond", "requestsPerSecondPerDecodeReplica", "requestsPerSecondPerPrefillReplica"), Is.EqualTo(new[] { 72, 88_128, 18.4, 18 }).Within(1e-9));
        Assert.That(Numbers("thetaDecode", "thetaPrefillFraction"), Is.EqualTo(new[] { 0.899, 0.9 }).Within(0.0005));
        Assert.That((string?)plan["bottleneck"], Is.EqualTo("prefill"));

        double[] Numbers(params string[] names) => [.. names.Select(name => (double)plan[name]!)];
    }

    [Test]
    public async Task A_plan_in_JSON() => Snapshot.Match((await CliRun.On(OptionSamples.Json, "plan", "--config", "FILE", "--json")).Stable());

    [Test]
    public async Task A_plan_for_people() => Snapshot.Match((await CliRun.On(OptionSamples.Json, "plan", "--config", "FILE")).Output);

    [Test]
    public async Task Prices_of_energy_and_emissions_make_costs()
    {
        var config = OptionSamples.Json.Replace("\"isl\"", "\"electricityPricePerKwh\": 0.25, \"carbonGramsPerKwh\": 400, \"carbonPricePerTonne\": 100, \"isl\"", StringComparison.Ordinal);

        var plan = (await CliRun.On(config, "plan", "--config", "FILE", "--json")).Json["plan"]!;
        var text = (await CliRun.On(config, "plan", "--config", "FILE")).Output;

        // 37,152 W at 0.25 + 0.0004 · 100 = 0.29 a kWh; 516 J a request of 1,224 tokens.
        Assert.That(
            new[] { "costPerHour", "mostCostPerHour", "costPerRequest", "costPerMillionTokens", "carbonGramsPerRequest", "carbonGramsPerHour" }.Select(name => (double)plan[name]!),
            Is.EqualTo(new[] { 10.77408, 10.77408, 516 / 3.6e6 * 0.29, 516 / 3.6e6 * 0.29 / 1224 * 1e6, 516 / 3.6e6 * 400, 14_860.8 }).Within(1e-9));
        Assert.That(text, Does.Contain("Energy costs 10.7741 an hour (at most 10.7741), 0.034 a million tokens." + Environment.NewLine + "Emits 0.0573 g CO2e a request, 14.861 kg an hour."));
    }

    [Test]
    public async Task The_least_cost_is_a_plan_too_and_needs_a_price()
    {
        var config = OptionSamples.Json.Replace("\"isl\"", "\"objective\": \"Cost\", \"targetRequestsPerSecond\": 30, \"isl\"", StringComparison.Ordinal);

        var without = await CliRun.On(config, "plan", "--config", "FILE", "--json");
        var plan = (await CliRun.On(config.Replace("\"isl\"", "\"electricityPricePerKwh\": 0.25, \"isl\"", StringComparison.Ordinal), "plan", "--config", "FILE", "--json")).Json["plan"]!;

        Assert.That((without.ExitCode, without.Output), Is.EqualTo((2, string.Empty)));
        Assert.That(without.Error, Does.Contain("electricityPricePerKwh: missing"));
        Assert.That(((long)plan["totalWatts"]!, (double?)plan["carbonGramsPerRequest"]), Is.EqualTo((18_576L, (double?)null)));
    }

    [Test]
    public async Task An_infeasible_plan_in_JSON()
    {
        var run = await CliRun.On(WithBudget(9000), "plan", "--config", "FILE", "--json");

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Snapshot.Match(run.Stable());
    }

    [Test]
    public async Task An_infeasible_plan_for_people()
    {
        var run = await CliRun.On(WithBudget(9000), "plan", "--config", "FILE");

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Snapshot.Match(run.Output);
    }

    [Test]
    public async Task Many_problems_are_answered_in_their_order_whatever_is_feasible()
    {
        var run = await CliRun.On($"[{WithBudget(9000)}, {OptionSamples.Json}]", "plan", "--problems", "FILE", "--json");

        Assert.That(run.ExitCode, Is.EqualTo(0));
        Assert.That(run.Json.AsArray().Select(answer => (string?)answer!["reason"]), Is.EqualTo(new[] { "powerBudgetInfeasible", null }));
    }

    [Test]
    public async Task Many_problems_for_people() =>
        Snapshot.Match((await CliRun.On($"[{WithBudget(9000)}, {OptionSamples.Json}]", "plan", "--problems", "FILE")).Output);

    [Test]
    public async Task An_aggregated_fleet_has_one_role()
    {
        const string Json = """
            { "mode": "agg", "isl": 1024, "osl": 200, "aggEngine": { "tp": 8 }, "totalGpuPowerLimitWatts": 20000,
              "performance": { "kind": "fixed", "ttftMs": 50, "itlMs": 10, "maxKvTokens": 50000, "prefillPowerW": 603, "decodePowerW": 558 } }
            """;

        var plan = (await CliRun.On(Json, "plan", "--config", "FILE", "--json")).Json["plan"]!;

        Assert.That(
            ((int)plan["prefillReplicas"]!, (int)plan["decodeReplicas"]!, (int)plan["prefillCapWatts"]!, (int)plan["decodeCapWatts"]!, (string?)plan["bottleneck"], (double?)plan["requestsPerSecondPerPrefillReplica"], (double?)plan["rawAggPowerW"]),
            Is.EqualTo((0, 4, 603, 603, (string?)null, (double?)null, (double?)603)));
    }

    [Test]
    public async Task A_roofline_needs_no_files()
    {
        const string Json = """
            { "isl": 1024, "osl": 200, "prefillEngine": { "tp": 4 }, "decodeEngine": { "tp": 4 }, "totalGpuPowerLimitWatts": 20000,
              "performance": { "kind": "roofline", "model": "Qwen/Qwen3-32B", "gpu": "h200_sxm" } }
            """;

        Assert.That((await CliRun.On(Json, "plan", "--config", "FILE", "--json")).ExitCode, Is.EqualTo(0));
    }

    [Test]
    public async Task A_profile_lies_beside_its_configuration()
    {
        var folder = Directory.CreateTempSubdirectory("powerplanner");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "p.csv"), "isl,ttftMs,powerW\n512,30,500\n2048,90,600\n");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "d.csv"), "batch,context,itlMs,powerW\n1,1125,9,300\n64,1125,12,420\n");
            var config = Path.Combine(folder.FullName, "config.json");
            await File.WriteAllTextAsync(config, """
                { "isl": 1024, "osl": 200, "prefillEngine": {}, "decodeEngine": {}, "totalGpuPowerLimitWatts": 20000,
                  "performance": { "kind": "profiled", "prefillCsv": "p.csv", "decodeCsv": "d.csv", "maxKvTokens": 50000 } }
                """);

            var run = await CliRun.Of("plan", "--config", config, "--json");

            Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public async Task Tables_of_AIC_give_a_plan()
    {
        var run = await CliRun.On(Aic("Qwen/Qwen3-32B", 8), "plan", "--config", "FILE", "--systems", RealTables.SystemsDirectory, "--json");

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        Assert.That((double)run.Json["plan"]!["ttftMs"]!, Is.EqualTo(26.224).Within(0.0005));
    }

    [TestCase("Nobody/Nothing", 8, "Nobody/Nothing")]
    [TestCase("Qwen/Qwen3-32B", 3, "3")]
    public async Task A_name_or_layout_that_does_not_exist_is_bad_input(string model, int tp, string named)
    {
        var run = await CliRun.On(Aic(model, tp), "plan", "--config", "FILE", "--systems", RealTables.SystemsDirectory, "--json");

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, string.Empty)));
        Assert.That(run.Error, Does.Contain(named));
    }

    private static string WithBudget(int watts) => OptionSamples.Json.Replace("40000", $"{watts}", StringComparison.Ordinal);

    private static string Aic(string model, int tp) => $$"""
        { "isl": 1024, "osl": 200, "totalGpuPowerLimitWatts": 40000, "prefillEngine": { "tp": {{tp}} }, "decodeEngine": { "tp": {{tp}} },
          "performance": { "kind": "aic", "model": "{{model}}", "system": "h200_sxm", "backend": "vllm", "version": "0.22.0" } }
        """;
}
