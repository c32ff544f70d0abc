using System.Text.Json.Nodes;
using static PowerPlanner.Tests.Cli.ReplayRun;

namespace PowerPlanner.Tests.Cli;

/// <summary>Injected faults and impossible readings: each is counted as the contract says, and none stops a replay.</summary>
internal sealed class ReplayFaultTests
{
    private const string Autoset = """{ "admissionMode": "autoset" }""";

    [TestCase("modelThrows", "makes the performance model fail")]
    [TestCase("modelHangs", "took longer than 30 s")]
    public async Task A_faulty_model_fails_for_so_many_sweeps_and_works_again(string kind, string detail)
    {
        var lines = await Lines(Unit(), Start, Fault(kind, 2), """{ "t": 1, "optimize": true }""", """{ "t": 2, "optimize": true }""", """{ "t": 3, "optimize": true }""");

        Assert.That(lines.Skip(2).Select(line => (int)line["consecutiveFailures"]!), Is.EqualTo(new[] { 1, 2, 0 }));
        Assert.That(lines.Skip(2).Select(line => (string?)line["state"]), Is.EqualTo(new[] { "Failing", "Failing", "RateLimited" }));
        Assert.That((string?)lines[2]["detail"], Does.Contain(detail));
    }

    [Test]
    public async Task A_model_that_hangs_at_the_start_leaves_the_clock_where_it_is()
    {
        // A configuration's timeout of an hour passes at once; a minute after the start is still a minute.
        var lines = await Lines(Unit("""{ "sweepTimeoutSeconds": 3600, "halfOpenAfterSeconds": 60 }"""), Fault("modelHangs", 1), Start, Observe(59), Observe(60));

        Assert.That(((string?)lines[1]["disabledReason"], (string?)lines[1]["state"]), Is.EqualTo(("startup_exception", "Degraded")));
        Assert.That(lines.Skip(2).Select(line => (bool)line["disabled"]!), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public async Task A_model_that_hangs_right_after_a_sweep_ends_in_its_timeout_however_often()
    {
        // The timer of the sweep before may still be there, with nobody waiting for it: it must not take the expiry.
        var optimize = """{ "t": 1, "optimize": true }""";
        var events = Enumerable.Range(0, 300).SelectMany(_ => new[] { optimize, """{ "t": 1, "fault": { "kind": "modelHangs", "count": 1 } }""", optimize });

        var last = (await Lines(Unit(), [Start, .. events]))[^1];

        Assert.That(((int)last["counters"]!["exceptions"]!, (int)last["consecutiveFailures"]!), Is.EqualTo((300, 1)));
    }

    [Test]
    public async Task Faults_of_a_model_strike_in_their_order()
    {
        var lines = await Lines(Unit(), Start, Fault("modelThrows", 1), Fault("modelHangs", 1), """{ "t": 1, "optimize": true }""", """{ "t": 2, "optimize": true }""");

        Assert.That(lines.Skip(3).Select(line => ((string)line["detail"]!).Contains("longer", StringComparison.Ordinal)), Is.EqualTo(new[] { false, true }));
    }

    [Test]
    public async Task Failing_metrics_cost_so_many_ticks_of_any_kind_and_no_start()
    {
        var lines = await Lines(
            Unit(), Fault("metricsFail", 2), Start, Observe(60, "\"ttftMs\": 75"), """{ "t": 61, "budget": { "totalGpuPowerLimitWatts": 8000 } }""", Observe(120, "\"ttftMs\": 75"));

        Assert.That(lines.Select(line => (double)line["corrections"]!["ttft"]!), Is.EqualTo(new[] { 1, 1, 1, 1, 1.15 }).Within(1e-12));
        Assert.That(lines.Select(line => (int)line["counters"]!["exceptions"]!), Is.All.Zero);
    }

    [TestCase("\"target\": \"caps\", ", "setCap prefill False|setCap decode True|setReplicas prefill True|setReplicas decode True")]
    [TestCase("\"target\": \"replicas\", ", "setCap prefill True|setCap decode True|setReplicas prefill False|setReplicas decode True")]
    [TestCase("", "setCap prefill False|setCap decode True|setReplicas prefill True|setReplicas decode True")]
    [TestCase("\"target\": \"admission\", ", "setCap prefill True|setCap decode True|setReplicas prefill True|setReplicas decode True")]
    public async Task A_failing_actuator_fails_for_so_many_commands_of_its_target(string target, string expected)
    {
        var fault = $$"""{ "t": 0, "fault": { {{target}}"kind": "actuatorFails", "count": 1 } }""";

        var lines = await Lines(Unit(), fault, Start, Observe(60), Observe(120));

        Assert.That(string.Join('|', Outcomes(lines[1])), Is.EqualTo(expected));
        Assert.That(Outcomes(lines[3]), Is.Empty, "What failed was sent again a tick later.");
        Assert.That((lines[3]["applied"]!.ToJsonString(), (long)lines[3]["peakWatts"]!), Is.EqualTo(((await Lines(Unit(), Start))[0]["applied"]!.ToJsonString(), 5600L)));
    }

    [Test]
    public async Task A_failed_command_has_no_effect()
    {
        var started = (await Lines(Unit(), """{ "t": 0, "fault": { "kind": "actuatorFails", "count": 100 } }""", Start))[1];

        Assert.That(started["applied"]!.ToJsonString(), Does.StartWith("""{"prefillReplicas":0,"decodeReplicas":0,"prefillCapWatts":700,"decodeCapWatts":700"""));
        Assert.That(((string?)started["state"], (long)started["peakWatts"]!), Is.EqualTo(("Converging", 0)));
    }

    [TestCase("admission", 3)]
    [TestCase("frontend:f2", 1)]
    public async Task Thresholds_are_in_effect_once_every_frontend_has_them(string target, int failed)
    {
        var lines = await Lines(Unit(Autoset), $$"""{ "t": 0, "fault": { "kind": "actuatorFails", "target": "{{target}}", "count": {{failed}} } }""", Start, Observe(60));

        Assert.That((int)lines[1]["counters"]!["partialAdmission"]!, Is.EqualTo(failed));
        Assert.That(lines[1]["applied"]!["thetaDecode"], Is.Null);
        Assert.That(Outcomes(lines[1]).Count(outcome => outcome.StartsWith("setThresholds frontend:f", StringComparison.Ordinal)), Is.EqualTo(3));
        Assert.That((double?)lines[2]["applied"]!["thetaDecode"], Is.EqualTo((double)lines[0 + 1]["planned"]!["thetaDecode"]!).Within(1e-12));
        Assert.That(Outcomes(lines[2]), Has.Length.EqualTo(failed));
    }

    [TestCase("\"powerPrefillW\": -5")]
    [TestCase("\"powerPrefillW\": 1e300")]
    [TestCase("\"ttftMs\": -1")]
    [TestCase("\"itlMs\": 1e300")]
    [TestCase("\"numRequests\": -3")]
    [TestCase("\"totalTokensPerSecond\": 1e13")]
    [TestCase("\"scheduledPrefillTokens\": -1")]
    [TestCase("\"scheduledDecodeKvTokens\": 1e300")]
    [TestCase("\"readyDecode\": -1")]
    [TestCase("\"readyPrefill\": 1e300")]
    [TestCase("\"readyPrefill\": 0.5")]
    [TestCase("\"effectiveDecodeCapWatts\": 0")]
    [TestCase("\"minPrefillMaxNumBatchedTokens\": -8192")]
    [TestCase("\"queueingMs\": -8")]
    [TestCase("\"totalWatts\": -1")]
    [TestCase("\"durationSeconds\": 0")]
    [TestCase("\"durationSeconds\": 1e300")]
    [TestCase("\"ageSeconds\": -1e300")]
    public async Task An_impossible_reading_is_absent_and_counted(string reading)
    {
        var line = (await Lines(Unit(), Start, Observe(60, reading)))[1];

        Assert.That((int)line["counters"]!["invalidObservations"]!, Is.EqualTo(1));
        Assert.That(line["corrections"]!.ToJsonString(), Is.EqualTo("""{"ttft":1,"itl":1,"powerPrefill":1,"powerDecode":1,"powerAgg":1}"""));
    }

    [TestCase("\"ageSeconds\": 200, \"ttftMs\": 75")]
    [TestCase("\"ageSeconds\": 1e300, \"ttftMs\": 75")]
    public async Task A_stale_observation_teaches_nothing_and_is_counted(string reading)
    {
        var line = (await Lines(Unit(), Start, Observe(60, reading)))[1];

        Assert.That(((int)line["counters"]!["staleObservations"]!, (double)line["corrections"]!["ttft"]!), Is.EqualTo((1, 1)));
    }

    private static string Fault(string kind, int count) => $$"""{ "t": 0, "fault": { "kind": "{{kind}}", "count": {{count}}, "target": "caps" } }""";

    private static string[] Outcomes(JsonNode line) => [.. line["commands"]!.AsArray().Select(command => $"{command!["kind"]} {command["target"]} {(bool)command["ok"]!}")];
}
