using PowerPlanner.Tests.Hosting;

namespace PowerPlanner.Tests.Cli;

/// <summary>Bad scenarios, traces and arguments of <c>simulate</c> end in exit code 2 and one line that names what is wrong and what is allowed.</summary>
internal sealed class SimulateBadInputTests
{
    private const string Header = "TIMESTAMP,ContextTokens,GeneratedTokens\n";
    private const string Row = "2023-11-16 18:17:03.9799600,4808,10\n";

    private static IEnumerable<TestCaseData> Scenarios()
    {
        yield return Of("no JSON", "{", "not JSON");
        yield return Of("no name", "{}", "name", "missing");
        yield return Of("an unknown field", """{ "name": "x", "tick": 3 }""", "tick", "unknown field");
        yield return Of("no tick", """{ "name": "x", "ticks": 0 }""", "ticks", "0", "from 1");
        yield return Of("an unknown base", """{ "name": "x", "base": "b200" }""", "base", "b200", "h200_disagg");
        yield return Of("unknown physics", """{ "name": "x", "physics": "quantum" }""", "physics", "quantum", "\"compat\"");
        yield return Of("an unknown event", """{ "name": "x", "events": [{ "kind": "earthquake" }] }""", "events[0].kind", "earthquake", "\"biasStep\"");
        yield return Of("an event without its tick", """{ "name": "x", "events": [{ "kind": "writesDenied", "durationTicks": 2 }] }""", "events[0].atTick", "missing");
        yield return Of("an event of no length", """{ "name": "x", "events": [{ "kind": "writesDenied", "atTick": 1, "durationTicks": 0 }] }""", "events[0].durationTicks", "0", "from 1");
        yield return Of("a bias of zero", """{ "name": "x", "events": [{ "kind": "biasStep", "atTick": 1, "signal": "ttft", "value": 0 }] }""", "events[0].value", "greater than 0");
        yield return Of("an unknown signal", """{ "name": "x", "events": [{ "kind": "biasStep", "atTick": 1, "signal": "mood", "value": 2 }] }""", "events[0].signal", "mood", "\"powerPrefill\"");
        yield return Of("a range upside down", """{ "name": "x", "events": [{ "kind": "capRangeChange", "atTick": 1, "minWatts": 300, "maxWatts": 200 }] }""", "events[0].maxWatts", "200", "300");
        yield return Of("lost caps of nobody", """{ "name": "x", "events": [{ "kind": "capsLost", "atTick": 1, "durationTicks": 2 }] }""", "events[0].role", "missing");
        yield return Of("unread caps of no replica", """{ "name": "x", "events": [{ "kind": "capsUnread", "atTick": 1, "durationTicks": 2, "role": "decode", "replicas": 0 }] }""", "events[0].replicas", "0", "from 1");
        yield return Of("a meter that is far off", """{ "name": "x", "options": { "meterAccuracy": 0.6 } }""", "options.meterAccuracy", "0.6");
        yield return Of("an unknown load", """{ "name": "x", "load": { "kind": "flood" } }""", "load.kind", "flood", "\"spike\"");
        yield return Of("a ramp that ends before it starts", """{ "name": "x", "load": { "kind": "ramp", "from": 1, "to": 2, "startTick": 9, "endTick": 3 } }""", "load.endTick", "3", "10");
        yield return Of("an assertion beyond the end", """{ "name": "x", "ticks": 5, "assertions": [{ "at": 5, "signal": "swept", "is": "==", "value": 1 }] }""", "assertions[0].at", "5", "0 to 4");
        yield return Of("an unknown comparison", """{ "name": "x", "assertions": [{ "signal": "swept", "is": "=", "value": 1 }] }""", "assertions[0].is", "\"=\"", "\"==\"");
        yield return Of("a negative interval", """{ "name": "x", "options": { "reoptimizeIntervalSeconds": -1 } }""", "options.reoptimizeIntervalSeconds", "-1");
        yield return Of("a budget of zero", """{ "name": "x", "budgetWatts": 0 }""", "budgetWatts", "0", "at least 1");
    }

    private static IEnumerable<TestCaseData> Traces()
    {
        yield return Of("an empty file", "", "row 1", "TIMESTAMP");
        yield return Of("no rows", Header, "row 2", "at least one request");
        yield return Of("a missing column", "TIMESTAMP,ContextTokens\n", "row 1", "GeneratedTokens", "missing");
        yield return Of("a row too short", Header + Row + "2023-11-16 18:17:04,5\n", "row 3", "2 columns", "3");
        yield return Of("no date", Header + "yesterday,5,5\n", "row 2", "TIMESTAMP", "yesterday", "date");
        yield return Of("no number", Header + Row + "2023-11-16 18:17:04,many,5\n", "row 3", "ContextTokens", "many", "integer");
        yield return Of("a negative number", Header + "2023-11-16 18:17:04,5,-5\n", "row 2", "GeneratedTokens", "-5", "from 1");
        yield return Of("a fraction", Header + "2023-11-16 18:17:04,5.5,5\n", "row 2", "ContextTokens", "5.5", "integer");
        yield return Of("nothing generated", Header + "2023-11-16 18:17:04,5,0\n", "row 2", "GeneratedTokens", "\"0\"");
        yield return Of("time that runs back", Header + Row + "2023-11-16 18:17:03,5,5\n", "row 3", "TIMESTAMP", "18:17:03", "not before");
        yield return Of("a time far away", Header + Row + "2099-01-01 00:00:00,5,5\n", "row 3", "TIMESTAMP", "2099", "within");
    }

    private static IEnumerable<TestCaseData> Arguments()
    {
        yield return Called("neither scenario nor trace", "takes either", "--json");
        yield return Called("both", "takes either", "--scenario", "all", "--trace", "x.csv", "--config", "y.json");
        yield return Called("a trace without configuration", "--config", "--trace", "x.csv");
        yield return Called("a scenario that is not known", "A1", "--scenario", "Z99");
        yield return Called("a scenario file that does not exist", "does not exist", "--scenario", "/nowhere/x.json");
        yield return Called("a scale for a scenario", "--scale", "--scenario", "A1", "--scale", "2");
        yield return Called("a policy for a scenario", "--policy", "--scenario", "A1", "--policy", "library");
        yield return Called("scales without a comparison", "--compare", "--trace", "x.csv", "--config", "y.json", "--scales", "1,2");
        yield return Called("one policy of a comparison", "--policy", "--trace", "x.csv", "--config", "y.json", "--compare", "--policy", "reference");
        yield return Called("a scale of zero", "greater than 0", "--trace", "x.csv", "--config", "y.json", "--scale", "0");
        yield return Called("a scale that is no number", "--scale", "--trace", "x.csv", "--config", "y.json", "--scale", "fast");
        yield return Called("an infinite scale", "greater than 0", "--trace", "x.csv", "--config", "y.json", "--scale", "Infinity");
        yield return Called("a list that is none", "--scales", "--trace", "x.csv", "--config", "y.json", "--compare", "--scales", "1,,2");
        yield return Called("an unknown policy", "reference", "--trace", "x.csv", "--config", "y.json", "--policy", "mine");
        yield return Called("a negative seed", "--seed", "--scenario", "A1", "--seed", "-1");
        yield return Called("a configuration that does not exist", "does not exist", "--trace", "x.csv", "--config", "/nowhere/y.json");
        yield return Called("a report in a folder that does not exist", "--report", "--scenario", "A2", "--report", "/nowhere/at/all/r.html");
    }

    [TestCaseSource(nameof(Scenarios))]
    public async Task A_bad_scenario_is_named_with_field_and_value(string text, string[] named)
    {
        using var folder = new TemporaryFolder();

        AssertOneLine(await CliRun.Of("simulate", "--scenario", folder.File("bad.json", text), "--json"), ["bad.json", .. named]);
    }

    [TestCaseSource(nameof(Traces))]
    public async Task A_bad_trace_is_named_with_row_column_and_value(string text, string[] named)
    {
        using var folder = new TemporaryFolder();

        AssertOneLine(await CliRun.Of("simulate", "--trace", folder.File("bad.csv", text), "--config", folder.File("config.json", OptionSamples.Json), "--json"), ["bad.csv", .. named]);
    }

    [TestCaseSource(nameof(Arguments))]
    public async Task Bad_arguments_get_one_line(string named, string[] arguments) => AssertOneLine(await CliRun.Of(["simulate", .. arguments]), [named]);

    [TestCase("\"mode\": \"agg\"", "aggEngine", "missing")]
    [TestCase("\"mode\": \"disagg\"", "prefillEngine", "missing")]
    public async Task A_configuration_that_cannot_be_simulated_is_refused(string fields, params string[] named)
    {
        using var folder = new TemporaryFolder();
        var config = folder.File("config.json", $$"""{ {{fields}}, "isl": 1, "osl": 1, "performance": { "kind": "fixed", "ttftMs": 50, "itlMs": 10, "maxKvTokens": 50000 } }""");

        AssertOneLine(await CliRun.Of("simulate", "--trace", folder.File("trace.csv", Header + Row), "--config", config, "--json"), named);
    }

    private static void AssertOneLine(CliRun run, string[] named)
    {
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, string.Empty)), run.Error);
        Assert.That(run.Error.Count(character => character == '\n'), Is.EqualTo(1), run.Error);
        foreach (var part in named)
        {
            Assert.That(run.Error, Does.Contain(part));
        }
    }

    private static TestCaseData Of(string name, string text, params string[] named) => new TestCaseData(text, named).SetArgDisplayNames(name);

    private static TestCaseData Called(string name, string named, params string[] arguments) => new TestCaseData(named, arguments).SetArgDisplayNames(name);
}
