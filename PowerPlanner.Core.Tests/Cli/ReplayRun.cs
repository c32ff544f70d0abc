using System.Text.Json;
using System.Text.Json.Nodes;

namespace PowerPlanner.Tests.Cli;

/// <summary>Replays on the reference tests' common inputs, each with the fields that a test changes.</summary>
internal static class ReplayRun
{
    /// <summary>The unit set (U): 400/300 W, 8 kW.</summary>
    private const string UnitJson = """
        { "isl": 1000, "osl": 200, "ttftMs": 200, "itlMs": 50, "totalGpuPowerLimitWatts": 8000, "maxGpuBudget": 32,
          "prefillEngine": { "tp": 8 }, "decodeEngine": { "tp": 8 }, "prefillCapWatts": 700, "decodeCapWatts": 700, "tdpWatts": 700,
          "prefillUtilization": 1, "decodeUtilization": 1, "batches": "Largest", "maxConsecutiveFailures": 3, "throughputRegressionWarnThreshold": 0.2,
          "performance": { "kind": "fixed", "ttftMs": 50, "itlMs": 10, "maxKvTokens": 50000, "prefillPowerW": 400, "decodePowerW": 300 } }
        """;

    /// <summary>A minute with ten requests, without power and latencies.</summary>
    public const string Traffic = "\"durationSeconds\": 60, \"numRequests\": 10, \"isl\": 1000, \"osl\": 200, \"scheduledPrefillTokens\": 5000, \"scheduledDecodeKvTokens\": 2000";

    public const string Start = """{ "t": 0, "start": true }""";

    public static string Unit(string changes = "{}") => Merge(UnitJson, changes);

    /// <summary>A plan at 700/700 W whose power is known (L).</summary>
    public static string Learning(string changes = "{}") => Merge(
        Unit("""{ "totalGpuPowerLimitWatts": 200000, "performance": { "kind": "fixed", "ttftMs": 50, "itlMs": 10, "maxKvTokens": 50000, "prefillPowerW": 700, "decodePowerW": 700 } }"""), changes);

    /// <summary>The simulation set (S) at level high: 603/558 W.</summary>
    public static string Simulation(string changes = "{}") => Merge(
        Unit("""{ "isl": 1024, "totalGpuPowerLimitWatts": 200000, "maxGpuBudget": 64, "reoptimizeIntervalSeconds": 0, "performance": { "kind": "fixed", "ttftMs": 50, "itlMs": 10, "maxKvTokens": 50000, "prefillPowerW": 603, "decodePowerW": 558 } }"""), changes);

    /// <summary>Traffic of a minute that ends at a time, with more fields; later fields win.</summary>
    public static string Observe(double t, string fields = "") =>
        FormattableString.Invariant($"{{ \"t\": {t}, \"observe\": {Merge($"{{ {Traffic} }}", $"{{ {fields} }}")} }}");

    public static IEnumerable<string> ObserveMinutes(int count, string fields) => Enumerable.Range(1, count).Select(minute => Observe(minute * 60, fields));

    public static async Task<CliRun> Of(string config, IEnumerable<string> events, bool asJson = true)
    {
        var folder = Directory.CreateTempSubdirectory("powerplanner");
        try
        {
            var configPath = Path.Combine(folder.FullName, "config.json");
            var eventsPath = Path.Combine(folder.FullName, "events.jsonl");
            await File.WriteAllTextAsync(configPath, config);
            await File.WriteAllLinesAsync(eventsPath, events.Select(line => line.Replace("FOLDER", folder.FullName, StringComparison.Ordinal)));
            string[] arguments = ["replay", "--config", configPath, "--events", eventsPath];
            var run = await CliRun.Of(asJson ? [.. arguments, "--json"] : arguments);
            return run with { Output = run.Output.Replace(folder.FullName, "FOLDER", StringComparison.Ordinal) };
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The lines of a replay that must go well.</summary>
    public static async Task<List<JsonNode>> Lines(string config, params string[] events)
    {
        var run = await Of(config, events);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        return [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    private static string Merge(string json, string changes)
    {
        var merged = JsonNode.Parse(json)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(changes, documentOptions: new JsonDocumentOptions { AllowTrailingCommas = true })!.AsObject())
        {
            merged[name] = value?.DeepClone();
        }

        return merged.ToJsonString();
    }
}
