using static PowerPlanner.Tests.Cli.ReplayRun;

namespace PowerPlanner.Tests.Cli;

/// <summary>A bad event file ends in exit code 2, nothing on standard output, and one line that names file, line, field, value and what is allowed.</summary>
internal sealed class ReplayBadInputTests
{
    private static IEnumerable<TestCaseData> Events()
    {
        yield return Of("no JSON", "{ \"t\": 1,", "byte", "not JSON");
        yield return Of("JSON of two values", "{ \"t\": 1, \"start\": true } 5", "not JSON");
        yield return Of("Infinity", "{ \"t\": 1, \"observe\": { \"ttftMs\": Infinity } }", "not JSON");
        yield return Of("NaN as a string", "{ \"t\": 1, \"observe\": { \"ttftMs\": \"NaN\" } }", "observe.ttftMs", "\"NaN\"", "number");
        yield return Of("a number beyond all doubles", "{ \"t\": 1, \"observe\": { \"itlMs\": 1e400 } }", "observe.itlMs", "1e400", "finite");
        yield return Of("no object", "[1]", "an array", "an object");
        yield return Of("an event without a time", "{ \"start\": true }", "t: missing", "number");
        yield return Of("a time of text", "{ \"t\": \"1\", \"start\": true }", "t: \"1\"", "number");
        yield return Of("a time before the last", "{ \"t\": 0.5, \"optimize\": true }", "t: 0.5", "at least 1");
        yield return Of("a negative time", "{ \"t\": -1, \"optimize\": true }", "t: -1", "at least 1");
        yield return Of("a time beyond all clocks", "{ \"t\": 1e30, \"optimize\": true }", "t: 1E+30", "at most");
        yield return Of("a time twice", "{ \"t\": 1, \"t\": 2, \"optimize\": true }", "t: 2", "once");
        yield return Of("no event", "{ \"t\": 1 }", "no event", "start, observe");
        yield return Of("two events", "{ \"t\": 1, \"reset\": true, \"optimize\": true }", "2 events (optimize, reset)", "exactly one");
        yield return Of("an unknown event", "{ \"t\": 1, \"dance\": true }", "dance", "true", "unknown field");
        yield return Of("an unknown field beside the event", "{ \"t\": 1, \"start\": true, \"x\": 3 }", "x", "3", "unknown field");
        yield return Of("a start that is false", "{ \"t\": 1, \"start\": false }", "start: false", "true");
        yield return Of("a reset that is null", "{ \"t\": 1, \"reset\": null }", "reset: null", "true");
        yield return Of("a number for an observation", "{ \"t\": 1, \"observe\": 5 }", "observe: 5", "an object");
        yield return Of("an unknown reading", "{ \"t\": 1, \"observe\": { \"ttft\": 5 } }", "observe.ttft: 5 (unknown field)", "ttftMs");
        yield return Of("a reading twice", "{ \"t\": 1, \"observe\": { \"isl\": 5, \"isl\": 6 } }", "observe.isl: 6", "once");
        yield return Of("a reading of text", "{ \"t\": 1, \"observe\": { \"readyDecode\": \"2\" } }", "observe.readyDecode: \"2\"", "number");
        yield return Of("a fault without a kind", "{ \"t\": 1, \"fault\": { \"count\": 1 } }", "fault.kind: missing", "\"modelHangs\"");
        yield return Of("an unknown fault", "{ \"t\": 1, \"fault\": { \"kind\": \"modelSings\" } }", "fault.kind: \"modelSings\"", "\"modelThrows\"");
        yield return Of("a change of no role", "{ \"t\": 1, \"fleet\": { \"replicas\": 1 } }", "fleet.role: missing", "\"prefill\"");
        yield return Of("a role of the other mode", "{ \"t\": 1, \"fleet\": { \"role\": \"agg\", \"replicas\": 1 } }", "fleet.role: \"agg\"", "\"decode\"");
        yield return Of("a change of nothing", "{ \"t\": 1, \"fleet\": { \"role\": \"decode\" } }", "fleet.replicas: missing", "rolling");
        yield return Of("fewer replicas than none", "{ \"t\": 1, \"fleet\": { \"role\": \"decode\", \"replicas\": -1 } }", "fleet.replicas: -1", "at least 0");
        yield return Of("more replicas than any fleet has", "{ \"t\": 1, \"fleet\": { \"role\": \"decode\", \"replicas\": 100001 } }", "fleet.replicas: 100001", "at most 100000");
        yield return Of("a rollout of text", "{ \"t\": 1, \"fleet\": { \"role\": \"decode\", \"rolling\": \"yes\" } }", "fleet.rolling: \"yes\"", "true or false");
        yield return Of("an unknown change", "{ \"t\": 1, \"fleet\": { \"role\": \"decode\", \"rolling\": true, \"watts\": 3 } }", "fleet.watts: 3 (unknown field)", "rolling");
        yield return Of("a negative count", "{ \"t\": 1, \"fault\": { \"kind\": \"modelThrows\", \"count\": -1 } }", "fault.count: -1", "at least 1");
        yield return Of("half a count", "{ \"t\": 1, \"fault\": { \"kind\": \"modelThrows\", \"count\": 1.5 } }", "fault.count: 1.5", "integer");
        yield return Of("an unknown target", "{ \"t\": 1, \"fault\": { \"kind\": \"actuatorFails\", \"target\": \"roof\" } }", "fault.target: \"roof\"", "\"caps\"");
        yield return Of("a frontend that is not there", "{ \"t\": 1, \"fault\": { \"kind\": \"actuatorFails\", \"target\": \"frontend:f4\" } }", "fault.target: \"frontend:f4\"", "\"frontend:f3\"");
        yield return Of("no budget", "{ \"t\": 1, \"budget\": {} }", "budget.totalGpuPowerLimitWatts: missing", "null");
        yield return Of("a budget of nothing", "{ \"t\": 1, \"budget\": { \"totalGpuPowerLimitWatts\": 0 } }", "budget.totalGpuPowerLimitWatts: 0", "at least 1");
        yield return Of("half a watt", "{ \"t\": 1, \"budget\": { \"totalGpuPowerLimitWatts\": 99.5 } }", "budget.totalGpuPowerLimitWatts: 99.5", "integer");
        yield return Of("another budget", "{ \"t\": 1, \"budget\": { \"totalGpuPowerLimitWatts\": 9, \"maxGpuBudget\": 4 } }", "budget.maxGpuBudget: 4 (unknown field)");
        yield return Of("a model of no kind", "{ \"t\": 1, \"performance\": {} }", "performance.kind: missing", "\"roofline\"");
        yield return Of("a model without a field", "{ \"t\": 1, \"performance\": { \"kind\": \"fixed\", \"itlMs\": 1, \"maxKvTokens\": 5 } }", "performance.ttftMs: missing");
        yield return Of("a model of impossible numbers", "{ \"t\": 1, \"performance\": { \"kind\": \"fixed\", \"ttftMs\": -1, \"itlMs\": 1, \"maxKvTokens\": 5 } }", "performance.ttftMs: -1", "greater than 0");
        yield return Of("a model that is no object", "{ \"t\": 1, \"performance\": true }", "performance: true", "an object");
        yield return Of("a model of an unknown GPU", "{ \"t\": 1, \"performance\": { \"kind\": \"roofline\", \"model\": \"Qwen/Qwen3-32B\", \"gpu\": \"z9\" } }", "performance", "z9");
        yield return Of("a profile that is not there", "{ \"t\": 1, \"performance\": { \"kind\": \"profiled\", \"prefillCsv\": \"nowhere.csv\", \"decodeCsv\": \"d.csv\", \"maxKvTokens\": 5 } }", "performance", "nowhere.csv");
        yield return Of("a snapshot into nowhere", "{ \"t\": 1, \"snapshot\": \"/nowhere/s.json\" }", "snapshot: /nowhere/s.json", "can be written");
        yield return Of("a snapshot without a name", "{ \"t\": 1, \"snapshot\": \"\" }", "snapshot: \"\"", "path");
        yield return Of("a restore from nowhere", "{ \"t\": 1, \"restore\": \"/nowhere/s.json\" }", "/nowhere/s.json", "restore", "does not exist");
        yield return Of("a restore of what is no snapshot", "{ \"t\": 1, \"restore\": \"FOLDER/config.json\" }", "restore: FOLDER/config.json", "snapshot");
        yield return Of("a name of no text", "{ \"t\": 1, \"restore\": 5 }", "restore: 5", "string");
    }

    [TestCaseSource(nameof(Events))]
    public async Task A_bad_event_is_named_with_its_line(string bad, string[] named)
    {
        var run = await ReplayRun.Of(Unit(), [Start, "", """{ "t": 1, "optimize": true }""", bad, """{ "t": 9, "optimize": true }"""]);

        var error = run.Error.Replace(Path.GetTempPath().TrimEnd('/'), "TEMP", StringComparison.Ordinal);
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, string.Empty)), error);
        Assert.That(error.Count(character => character == '\n'), Is.EqualTo(1), error);
        Assert.That(error, Does.Contain("events.jsonl: line 4").And.Not.Contain("   at "));
        foreach (var part in named)
        {
            Assert.That(error, Does.Contain(part.Replace("FOLDER/", string.Empty, StringComparison.Ordinal)).Or.Contains(part[(part.LastIndexOf('/') + 1)..]));
        }
    }

    [Test]
    public async Task All_bad_lines_are_named_together()
    {
        var run = await ReplayRun.Of(Unit(), [Start, "{", """{ "t": 1, "watts": 5 }""", """{ "t": 0, "reset": true }"""]);

        Assert.That(run.Error, Does.Contain("line 2").And.Contain("line 3: watts").And.Contain("line 4: t: 0"));
    }

    [Test]
    public async Task A_bad_configuration_is_named()
    {
        var run = await ReplayRun.Of(Unit("""{ "ttftMs": 0 }"""), [Start]);

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, string.Empty)));
        Assert.That(run.Error, Does.Contain("config.json").And.Contain("ttftMs: 0"));
    }

    [Test]
    public async Task A_model_that_does_not_go_with_the_configuration_is_bad_input()
    {
        var run = await ReplayRun.Of(
            Unit("""{ "replicaPolicy": "DecodeFirst" }"""), [Start, """{ "t": 1, "performance": { "kind": "fixed", "ttftMs": 5, "itlMs": 1, "maxKvTokens": -5 } }"""]);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("line 2: performance.maxKvTokens: -5"));
    }

    private static TestCaseData Of(string name, string line, params string[] named) => new TestCaseData(line, named).SetArgDisplayNames(name);
}
