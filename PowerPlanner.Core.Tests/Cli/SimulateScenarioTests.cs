using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace PowerPlanner.Tests.Cli;

internal sealed class SimulateScenarioTests
{
    private const string Spike = """
        { // A spike that the fleet cannot carry, a budget cut, a denied write.
          "name": "spike <&> cut", "title": "A \"spike\" & a cut", "base": "h200_disagg", "physics": "physical", "ticks": 40, "startsAtPlan": true, "noise": "default",
          "load": { "kind": "spike", "baseline": 2000, "level": 200000, "atTick": 5, "durationTicks": 5 },
          "options": { "reoptimizeIntervalSeconds": 120, "halfOpenAfterSeconds": null },
          "events": [ { "kind": "budgetChange", "atTick": 15, "watts": 3000 }, { "kind": "writesDenied", "atTick": 20, "durationTicks": 3 },
                      { "kind": "metricsOutage", "atTick": 25, "durationTicks": 2, "signals": ["ttft", "itl"] }, ],
          "assertions": [ { "signal": "isDisabled", "is": "==", "value": 0 }, { "from": 20, "signal": "ledgerWatts", "is": "<=", "value": 3000 }, { "by": 20, "signal": "swept", "is": "==", "value": 1 } ] }
        """;

    [Test]
    public async Task One_scenario_has_the_fields_of_the_contract()
    {
        var run = await CliRun.Of("simulate", "--scenario", "a1", "--json");

        var answer = run.Json.AsArray().Single()!;
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        Assert.That(answer.AsObject().Select(field => field.Key), Is.EqualTo(new[] { "name", "passed", "ticks", "violations", "seed", "maxPeakWatts", "budgetWatts", "coefficients", "sweeps" }));
        Assert.That(answer["coefficients"]!.AsObject().Select(field => field.Key), Is.EqualTo(new[] { "ttft", "itl", "powerPrefill", "powerDecode", "powerAgg" }));
        Assert.That(((string?)answer["name"], (bool)answer["passed"]!, (int)answer["ticks"]!, (int)answer["seed"]!, (int)answer["maxPeakWatts"]!, (int)answer["budgetWatts"]!, (int)answer["sweeps"]!), Is.EqualTo(("A1", true, 200, 42, 4000, 4000, 1)));
    }

    [Test]
    public async Task A_file_is_run_and_judged()
    {
        var run = await CliRun.On(Spike, "simulate", "--scenario", "FILE", "--json", "--seed", "7");

        var answer = run.Json[0]!;
        Assert.That(answer["violations"]!.AsArray(), Is.Empty);
        Assert.That((run.ExitCode, (string?)answer["name"], (int)answer["ticks"]!, (int)answer["seed"]!), Is.EqualTo((0, "spike <&> cut", 40, 7)));
    }

    [Test]
    public async Task A_scenario_that_fails_says_why_and_ends_in_exit_code_1()
    {
        var run = await CliRun.On("""{ "name": "wrong", "ticks": 3, "assertions": [{ "at": 2, "signal": "prefillReplicas", "is": "==", "value": 99 }] }""", "simulate", "--scenario", "FILE", "--json");

        Assert.That((run.ExitCode, (bool)run.Json[0]!["passed"]!), Is.EqualTo((1, false)));
        Assert.That((string?)run.Json[0]!["violations"]![0], Is.EqualTo("t2: PrefillReplicas == 99; t2: PrefillReplicas is 7"));
    }

    [Test]
    public async Task The_same_seed_gives_the_same_bytes()
    {
        var first = await CliRun.On(Spike, "simulate", "--scenario", "FILE", "--json", "--seed", "7");
        var second = await CliRun.On(Spike, "simulate", "--scenario", "FILE", "--json", "--seed", "7");
        var other = await CliRun.On(Spike, "simulate", "--scenario", "FILE", "--json", "--seed", "8");

        Assert.That(second.Output, Is.EqualTo(first.Output));
        Assert.That(other.Output, Is.Not.EqualTo(first.Output));
    }

    [Test]
    public async Task People_get_a_table()
    {
        var run = await CliRun.Of("simulate", "--scenario", "E22");

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        Assert.That(run.Output, Does.Contain("E22").And.Contain("passed").And.Contain("1 of 1 passed."));
    }

    [Test]
    public async Task The_report_is_one_well_formed_page_with_every_series()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "report.html");

        await CliRun.On(Spike, "simulate", "--scenario", "FILE", "--json", "--report", path);

        var text = await File.ReadAllTextAsync(path);
        var page = XDocument.Parse(text);
        var series = page.Descendants("path").Select(line => (string?)line.Attribute("data-name")).OfType<string>();
        Assert.That(series, Is.EqualTo(new[]
        {
            "offered", "capacity", "TTFT", "target", "ITL", "target", "true draw", "charged", "charged, peak", "budget", "prefill", "decode", "prefill", "decode", "TTFT", "ITL", "prefill power", "decode power",
        }));
        Assert.That(page.Descendants("path").Select(line => (string?)line.Attribute("d")), Has.All.Match("^M[0-9]"));
        Assert.That(page.Descendants("title").Select(title => title.Value), Is.SupersetOf(new[] { "budget 3,000 W", "writes denied", "no TTFT, ITL" }));
        Assert.That(page.Descendants("h2").Single().Value, Is.EqualTo("spike <&> cut"));
    }

    [Test]
    public async Task Lost_and_unread_caps_show_in_the_report()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "report.html");
        const string Scenario = """
            { "name": "dead agents", "physics": "physical", "ticks": 8, "options": { "meterAccuracy": 0.1, "capSettleTimeSeconds": 60 },
              "events": [ { "kind": "capsLost", "atTick": 3, "durationTicks": 2, "role": "prefill", "replicas": 1 },
                          { "kind": "capsUnread", "atTick": 4, "durationTicks": 2, "role": "decode" } ] }
            """;

        var run = await CliRun.On(Scenario, "simulate", "--scenario", "FILE", "--report", path);

        Assert.That(run.Error, Is.Empty);
        Assert.That(await File.ReadAllTextAsync(path), Does.Contain("caps lost").And.Contain("caps unread"));
    }

    [Test]
    public async Task The_report_needs_no_network()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "report.html");

        await CliRun.Of("simulate", "--scenario", "A1", "--report", path);

        var text = await File.ReadAllTextAsync(path);
        Assert.That(Regex.Matches(text, """https?://|src\s*=|@import|url\(|href="[^#]"""), Is.Empty);
    }

    [Test]
    public async Task Numbers_that_are_not_finite_leave_gaps_in_the_report()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "report.html");

        await CliRun.On("""{ "name": "down", "physics": "physical", "ticks": 6, "budgetWatts": 100 }""", "simulate", "--scenario", "FILE", "--report", path);

        Assert.That(await File.ReadAllTextAsync(path), Does.Not.Match("NaN|Infinity|∞"));
    }
}
