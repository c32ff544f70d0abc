using PowerPlanner.Tests.Hosting;

namespace PowerPlanner.Tests.Cli;

/// <summary>Bad input ends in exit code 2, nothing on standard output and one line that names file, field, value and what is allowed.</summary>
internal sealed class BadInputTests
{
    private const string Query = """{ "id": "q", "model": "a/b", "system": "s", "backend": "vllm", "version": "1", "isl": 8, "osl": 2 }""";

    private const string Case = """{ "id": "c", "proposed": { "prefill": 4, "decode": 4 }, "prefillGpus": 1, "decodeGpus": 1, "prefillCapWatts": 250, "decodeCapWatts": 250 }""";

    private static readonly string[] Plan = ["plan", "--config", "FILE", "--json"];
    private static readonly string[] Problems = ["plan", "--problems", "FILE", "--json"];
    private static readonly string[] Estimate = ["estimate", "--queries", "FILE", "--json", "--systems", "."];
    private static readonly string[] Clamp = ["clamp", "--cases", "FILE", "--json"];

    private static IEnumerable<TestCaseData> Files()
    {
        yield return Of("no JSON", Plan, "{", "line 1", "not JSON");
        yield return Of("an empty file", Plan, "", "not JSON");
        yield return Of("an array for an object", Plan, "[]", "an array", "an object");
        yield return Of("a missing field", Plan, Sample("\"isl\": 1024, ", ""), "isl", "missing", "integer");
        yield return Of("an unknown field", Plan, Sample("\"isl\"", "\"watts\": 3, \"isl\""), "watts", "3", "unknown field");
        yield return Of("a duplicate field", Plan, Sample("\"isl\"", "\"isl\": 5, \"isl\""), "isl", "1024", "once");
        yield return Of("a string for a number", Plan, Sample("1024", "\"1024\""), "isl", "\"1024\"", "integer");
        yield return Of("a fraction for an integer", Plan, Sample("1024", "1.5"), "isl", "1.5", "integer");
        yield return Of("a number beyond all doubles", Plan, Sample("\"ttftMs\": 200", "\"ttftMs\": 1e400"), "ttftMs", "1e400", "finite");
        yield return Of("a target of zero", Plan, Sample("\"ttftMs\": 200", "\"ttftMs\": 0"), "ttftMs", "0", "greater than 0");
        yield return Of("a negative budget", Plan, Sample("40000", "-5"), "totalGpuPowerLimitWatts", "-5", "at least 1");
        yield return Of("a GPU budget below off", Plan, Sample("\"maxGpuBudget\": 64", "\"maxGpuBudget\": -2"), "maxGpuBudget", "-2", "-1");
        yield return Of("a mode in capitals", Plan, Sample("disagg", "DISAGG"), "mode", "DISAGG", "\"disagg\"");
        yield return Of("an engine of no GPU", Plan, Sample("\"decodeEngine\": { \"tp\": 8 }", "\"decodeEngine\": { \"tp\": 0 }"), "decodeEngine.tp", "0", "at least 1");
        yield return Of("limits upside down", Plan, Sample("\"maxWatts\": 700", "\"maxWatts\": 100"), "gpuLimits.maxWatts", "100", "200");
        yield return Of("no performance section", Plan, """{ "isl": 1, "osl": 1, "prefillEngine": {}, "decodeEngine": {} }""", "performance", "missing", "kind");
        yield return Of("an unknown kind", Plan, Sample("\"fixed\"", "\"magic\""), "performance.kind", "magic", "\"roofline\"");
        yield return Of("a field of another kind", Plan, Sample("\"kind\"", "\"gpu\": \"x\", \"kind\""), "performance.gpu", "unknown field");
        yield return Of("least power without a target", Plan, Sample("\"isl\"", "\"objective\": \"LeastPower\", \"isl\""), "targetRequestsPerSecond", "missing", "LeastPower");
        yield return Of("the greedy policy with a target", Plan, Sample("\"isl\"", "\"replicaPolicy\": \"DecodeFirst\", \"targetRequestsPerSecond\": 5, \"isl\""), "targetRequestsPerSecond", "5", "DecodeFirst");
        yield return Of("a cap grid on fixed numbers", Plan, Sample("\"isl\"", "\"powerSweep\": \"Grid\", \"isl\""), "powerSweep", "Grid", "fixed");
        yield return Of("an unknown roofline model", Plan, Roofline("Nobody/Nothing", "h200_sxm"), "performance", "Nobody/Nothing", "Qwen/Qwen3-32B");
        yield return Of("an unknown GPU", Plan, Roofline("Qwen/Qwen3-32B", "z9000"), "performance", "z9000", "h200_sxm");
        yield return Of("a profile that does not exist", Plan, """{ "isl": 1, "osl": 1, "prefillEngine": {}, "decodeEngine": {}, "performance": { "kind": "profiled", "prefillCsv": "/nowhere/p.csv", "decodeCsv": "d.csv", "maxKvTokens": 1 } }""", "performance", "/nowhere/p.csv");
        yield return Of("one configuration for many", Problems, OptionSamples.Json, "an object", "an array");
        yield return Of("an invalid entry among many", Problems, $"[{OptionSamples.Json}, {Sample("1024", "0")}]", "[1].isl", "0", "at least 1");
        yield return Of("a query without a model", Estimate, "[{ \"id\": \"q\" }]", "[0].model", "missing");
        yield return Of("a query of a wrong type", Estimate, $"[{Query.Replace("8", "\"8\"", StringComparison.Ordinal)}]", "[0].isl", "\"8\"", "integer");
        yield return Of("an unknown field of a query", Estimate, $"[{Query.Replace("\"isl\"", "\"ISL\": 3, \"isl\"", StringComparison.Ordinal)}]", "[0].ISL", "unknown field");
        yield return Of("a query for an array", Estimate, Query, "an object", "an array");
        yield return Of("a negative proposal", Clamp, $"[{Case.Replace("\"decode\": 4", "\"decode\": -4", StringComparison.Ordinal)}]", "[0].proposed.decode", "-4", "at least 0");
        yield return Of("a policy that is not known", Clamp, $"[{Case.Replace("\"id\"", "\"policy\": \"pair\", \"id\"", StringComparison.Ordinal)}]", "[0].policy", "\"pair\"", "\"Staged\"");
        yield return Of("a role without a cap", Clamp, $"[{Case.Replace(", \"decodeCapWatts\": 250", "", StringComparison.Ordinal)}]", "[0].decodeCapWatts", "missing");
        yield return Of("a floor above the ceiling", Clamp, $"[{Case.Replace("\"id\"", "\"maxGpuBudget\": 4, \"minGpuBudget\": 8, \"id\"", StringComparison.Ordinal)}]", "[0].minGpuBudget", "8", "4");
        yield return Of("a case of no object", Clamp, "[4]", "[0]", "4", "an object");
    }

    private static IEnumerable<TestCaseData> Arguments()
    {
        yield return Called("nothing");
        yield return Called("an unknown command", "dance");
        yield return Called("an unknown option", "plan", "--config", "x.json", "--fast");
        yield return Called("an option without its value", "plan", "--config");
        yield return Called("two sources", "plan", "--config", "x.json", "--problems", "y.json");
        yield return Called("no source", "plan", "--json");
        yield return Called("a file that does not exist", "plan", "--config", "/nowhere/plan.json");
        yield return Called("a folder for a file", "clamp", "--cases", Path.GetTempPath());
        yield return Called("half a query", "estimate", "--model", "a/b");
        yield return Called("a query of no number", "estimate", "--model", "a/b", "--system", "s", "--backend", "vllm", "--version", "1", "--isl", "many", "--osl", "2");
        yield return Called("a query beside a file", "estimate", "--queries", "x.json", "--tp", "8");
        yield return Called("a systems folder that does not exist", "estimate", "--systems", "/nowhere", "--model", "a/b", "--system", "s", "--backend", "vllm", "--version", "1", "--isl", "8", "--osl", "2");
        yield return Called("a replay without events", "replay", "--config", "x.json", "--json");
        yield return Called("a replay of nothing", "replay", "--config", "/nowhere/x.json", "--events", "/nowhere/y.jsonl", "--json");
    }

    [TestCaseSource(nameof(Files))]
    public async Task A_bad_file_is_named_with_field_and_value(string[] arguments, string text, string[] named)
    {
        var run = await CliRun.On(text, arguments);

        AssertOneLine(run);
        Assert.That(run.Error, Does.Contain("powerplanner-"));
        foreach (var part in named)
        {
            Assert.That(run.Error, Does.Contain(part));
        }
    }

    [TestCaseSource(nameof(Arguments))]
    public async Task Bad_arguments_get_one_line(string[] arguments) => AssertOneLine(await CliRun.Of(arguments));

    [Test]
    public async Task Help_is_no_error()
    {
        var run = await CliRun.Of("plan", "--help");

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        Assert.That(run.Output, Does.Contain("--config"));
    }

    [Test]
    public async Task A_cancelled_run_is_unexpected_and_says_so_in_one_line()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        var code = await PowerPlanner.Cli.CommandLine.RunAsync(["clamp", "--cases", "x.json"], output, error, new CancellationToken(canceled: true));

        Assert.That((code, error.ToString().TrimEnd().Contains('\n', StringComparison.Ordinal)), Is.EqualTo((3, false)));
    }

    private static void AssertOneLine(CliRun run)
    {
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, string.Empty)), run.Error);
        Assert.That(run.Error.Count(character => character == '\n'), Is.EqualTo(1), run.Error);
        Assert.That(run.Error, Does.Not.Contain("   at "));
    }

    private static string Sample(string old, string replacement) => OptionSamples.Json.Replace(old, replacement, StringComparison.Ordinal);

    private static string Roofline(string model, string gpu) =>
        $$"""{ "isl": 1, "osl": 1, "prefillEngine": {}, "decodeEngine": {}, "performance": { "kind": "roofline", "model": "{{model}}", "gpu": "{{gpu}}" } }""";

    private static TestCaseData Of(string name, string[] arguments, string text, params string[] named) => new TestCaseData(arguments, text, named).SetArgDisplayNames(name);

    private static TestCaseData Called(string name, params string[] arguments) => new TestCaseData([arguments]).SetArgDisplayNames(name);
}
