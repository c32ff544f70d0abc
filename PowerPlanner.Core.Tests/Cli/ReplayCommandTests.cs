using System.Text.Json.Nodes;
using Snapshooter.NUnit;
using static PowerPlanner.Tests.Cli.ReplayRun;

namespace PowerPlanner.Tests.Cli;

/// <summary>What each event of a replay does, and what its line says.</summary>
internal sealed class ReplayCommandTests
{
    private const string Autoset = """{ "admissionMode": "autoset" }""";
    private const string Optimize = """{ "t": 1, "optimize": true }""";

    // Every kind of event, at odd times: several at once, between ticks, in fractions of a second, before and after the start.
    private static readonly string[] EveryKind =
    [
        "// A replay of everything.",
        """{ "t": 0, "observe": { "ttftMs": 100 } }""",
        """{ "t": 0.25, "fault": { "kind": "modelThrows", "count": 1 } }""",
        """{ "t": 0.25, "start": true }""",
        "",
        """{ "t": 0.5, "reset": true }""",
        """{ "t": 0.75, "optimize": true, }""",
        """{ "t": 60, "observe": { "durationSeconds": 60, "numRequests": 10, "ttftMs": 75, "itlMs": 15 } } // a comment""",
        """{ "t": 60, "observe": { "durationSeconds": 60, "numRequests": 10, "ttftMs": 75, "itlMs": 15 } }""",
        """{ "t": 61.125, "snapshot": "FOLDER/s.json" }""",
        """{ "t": 62, "performance": { "kind": "fixed", "ttftMs": 60, "itlMs": 12, "maxKvTokens": 50000, "prefillPowerW": 450, "decodePowerW": 350 } }""",
        """{ "t": 62.5, "fault": { "kind": "actuatorFails", "target": "replicas", "count": 1 } }""",
        """{ "t": 63, "budget": { "totalGpuPowerLimitWatts": 16000 } }""",
        """{ "t": 64, "fault": { "kind": "metricsFail", "count": 1 } }""",
        """{ "t": 120, "observe": { "powerPrefillW": 300, "scheduledPrefillTokens": 5 } }""",
        """{ "t": 121, "fault": { "kind": "modelHangs", "count": 1 } }""",
        """{ "t": 122, "optimize": true }""",
        """{ "t": 123, "restore": "FOLDER/s.json" }""",
        """{ "t": 180, "observe": { "durationSeconds": 30, "numRequests": 5, "ttftMs": 50 } }""",
        """{ "t": 181, "start": true }""",
        """{ "t": 1000000.5, "budget": { "totalGpuPowerLimitWatts": null } }""",
    ];

    [Test]
    public async Task A_replay_in_JSON()
    {
        var lines = await Lines(Unit(Autoset), Start, Observe(60, "\"ttftMs\": 75, \"powerPrefillW\": 360, \"minPrefillMaxNumBatchedTokens\": 8192"), """{ "t": 61, "budget": { "totalGpuPowerLimitWatts": 5700 } }""");

        Snapshot.Match(new CliRun(0, new JsonArray([.. lines]).ToJsonString(), string.Empty).Stable());
    }

    [Test]
    public async Task A_replay_for_people() => Snapshot.Match((await Of(Unit(Autoset), EveryKind, asJson: false)).Output);

    [Test]
    public async Task Every_kind_of_event_has_one_line_and_the_same_one_on_every_run()
    {
        var first = await Of(Unit(Autoset), EveryKind);
        var second = await Of(Unit(Autoset), EveryKind);

        Assert.That((first.ExitCode, first.Error), Is.EqualTo((0, string.Empty)));
        Assert.That(first.Output.Count(character => character == '\n'), Is.EqualTo(EveryKind.Length - 2), "A blank line and a line of comment are no events.");
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public async Task No_event_lets_the_fleet_draw_more_than_the_budget_in_force()
    {
        var lines = await Lines(Unit(Autoset), EveryKind);

        foreach (var line in lines)
        {
            // 16 kW from the budget's event to the restore, which finds what ran under it and removes it.
            var budget = (double)line["t"]! is >= 63 and <= 123 ? 16_000 : (double)line["t"]! < 1e6 ? 8000 : long.MaxValue;
            Assert.That((long)line["peakWatts"]!, Is.LessThanOrEqualTo(budget), line.ToJsonString());
        }
    }

    [Test]
    public async Task Before_the_start_nothing_happens()
    {
        var lines = await Lines(
            Unit(), Observe(0, "\"ttftMs\": 9000"), """{ "t": 1, "optimize": true }""", """{ "t": 2, "budget": { "totalGpuPowerLimitWatts": 6000 } }""", """{ "t": 3, "reset": true }""", """{ "t": 4, "snapshot": "FOLDER/s.json" }""", """{ "t": 5, "start": true }""");

        foreach (var line in lines.Take(5))
        {
            Assert.That(((string?)line["state"], (bool)line["swept"]!, line["commands"]!.AsArray().Count, (long)line["peakWatts"]!), Is.EqualTo(("Cold", false, 0, 0)));
            Assert.That(Applied(line), Is.EqualTo((0, 0, 700, 700)));
        }

        Assert.That((int)lines[5]["planned"]!["totalWatts"]!, Is.LessThanOrEqualTo(6000), "The budget had been told.");
    }

    [Test]
    public async Task Configured_caps_are_cut_to_what_the_hardware_accepts_before_any_application() =>
        Assert.That(Applied((await Lines(Unit("""{ "gpuLimits": { "minWatts": 200, "maxWatts": 600 } }"""), Optimize))[0]), Is.EqualTo((0, 0, 600, 600)));

    [Test]
    public async Task The_start_applies_its_plan()
    {
        var started = (await Lines(Unit(), Start))[0];

        Assert.That(Applied(started), Is.EqualTo((1, 1, 400, 300)));
        Assert.That(Commands(started), Is.EqualTo(new[] { "setCap prefill 400 True", "setCap decode 300 True", "setReplicas prefill 1 True", "setReplicas decode 1 True" }));
        Assert.That(((long)started["peakWatts"]!, (bool)started["swept"]!, (bool)started["shouldReoptimize"]!, (string?)started["state"]), Is.EqualTo((5600, true, false, "RateLimited")));
    }

    [Test]
    public async Task A_second_start_says_nothing_of_the_first()
    {
        var again = (await Lines(Unit(), Start, """{ "t": 1, "start": true }"""))[1];

        Assert.That(((bool)again["swept"]!, again["commands"]!.AsArray().Count), Is.EqualTo((false, 0)));
    }

    [Test]
    public async Task An_advisory_controller_sends_nothing()
    {
        var started = (await Lines(Unit("""{ "advisory": true }"""), Start))[0];

        Assert.That((Applied(started), started["commands"]!.AsArray().Count, (int)started["planned"]!["decodeReplicas"]!), Is.EqualTo(((0, 0, 700, 700), 0, 1)));
    }

    [Test]
    public async Task A_budget_takes_effect_on_its_own_line()
    {
        var lines = await Lines(Unit(), Start, """{ "t": 1, "budget": { "totalGpuPowerLimitWatts": 5000 } }""", """{ "t": 2, "budget": { "totalGpuPowerLimitWatts": null } }""");

        Assert.That((Applied(lines[1]), (string?)lines[1]["state"], (string?)lines[1]["reason"], (long)lines[1]["peakWatts"]!), Is.EqualTo(((0, 0, 400, 300), "Infeasible", "powerBudgetInfeasible", 5600)));
        Assert.That(((bool)lines[1]["shouldReoptimize"]!, (bool)lines[1]["swept"]!), Is.EqualTo((true, true)));
        Assert.That(lines[2]["reason"], Is.Null);
        Assert.That(Applied(lines[2]).Prefill, Is.GreaterThan(0));
    }

    [Test]
    public async Task A_new_model_waits_for_the_next_sweep()
    {
        var lines = await Lines(
            Unit(), Start, """{ "t": 1, "performance": { "kind": "fixed", "ttftMs": 50, "itlMs": 10, "maxKvTokens": 50000, "prefillPowerW": 350, "decodePowerW": 250 } }""", """{ "t": 2, "optimize": true }""");

        Assert.That((Applied(lines[1]), (bool)lines[1]["swept"]!), Is.EqualTo(((1, 1, 400, 300), false)));
        Assert.That((Applied(lines[2]), (bool)lines[2]["swept"]!, (bool)lines[2]["shouldReoptimize"]!), Is.EqualTo(((2, 1, 350, 250), true, false)));
    }

    [Test]
    public async Task A_reset_turns_a_disabled_optimizer_on()
    {
        var lines = await Lines(Unit(), """{ "t": 0, "fault": { "kind": "modelThrows", "count": 1 } }""", Start, """{ "t": 1, "reset": true }""", """{ "t": 60, "observe": {} }""");

        Assert.That(lines.Select(line => (bool)line["disabled"]!), Is.EqualTo(new[] { false, true, false, false }));
        Assert.That((string?)lines[1]["state"], Is.EqualTo("Degraded"));
        Assert.That(Applied(lines[3]), Is.EqualTo((1, 1, 400, 300)));
    }

    [Test]
    public async Task A_snapshot_brings_back_what_was_learnt_and_planned()
    {
        var lines = await Lines(
            Unit(),
            Start,
            Observe(60, "\"ttftMs\": 75"),
            """{ "t": 61, "snapshot": "FOLDER/s.json" }""",
            Observe(120, "\"ttftMs\": 75"),
            """{ "t": 121, "budget": { "totalGpuPowerLimitWatts": 5000 } }""",
            """{ "t": 122, "restore": "FOLDER/s.json" }""",
            """{ "t": 123, "restore": "FOLDER/s.json" }""");

        Assert.That(lines.Select(line => (double)line["corrections"]!["ttft"]!), Is.EqualTo(new[] { 1, 1.15, 1.15, 1.255, 1.255, 1.15, 1.15 }).Within(1e-12));
        Assert.That(Applied(lines[5]), Is.EqualTo((1, 1, 400, 300)), "The budget of the snapshot is in force again.");
        Assert.That(Commands(lines[5]), Has.Length.EqualTo(4));
        Assert.That(((bool)lines[6]["swept"]!, Commands(lines[6]).Length), Is.EqualTo((false, 4)), "A new process commands everything once.");
    }

    [Test]
    public async Task A_snapshot_is_itself_after_a_round_trip()
    {
        var folder = Directory.CreateTempSubdirectory("powerplanner");
        try
        {
            var (first, second) = (Path.Combine(folder.FullName, "1.json").Replace('\\', '/'), Path.Combine(folder.FullName, "2.json").Replace('\\', '/'));
            await Lines(
                Unit(Autoset), Start, Observe(60, "\"ttftMs\": 75, \"powerDecodeW\": 250"), $$"""{ "t": 60, "snapshot": "{{first}}" }""", $$"""{ "t": 60, "restore": "{{first}}" }""", $$"""{ "t": 60, "snapshot": "{{second}}" }""");

            var (before, after) = (State(first), State(second));
            foreach (var name in new[] { "corrections", "plan", "answer", "counters", "history", "budgetWatts", "currentThresholds" })
            {
                Assert.That(after[name]?.ToJsonString(), Is.EqualTo(before[name]?.ToJsonString()), name);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static JsonNode State(string path) => JsonNode.Parse(File.ReadAllText(path))!["state"]!;
    }

    [Test]
    public async Task A_model_without_data_gives_no_estimate()
    {
        const string Lacking = """
            { "isl": 1024, "osl": 200, "prefillEngine": {}, "decodeEngine": {}, "totalGpuPowerLimitWatts": 20000, "prefillCapWatts": 400,
              "performance": { "kind": "table", "maxKvTokens": 50000, "prefill": [{ "ttftMs": 50 }], "decode": [{ "batch": 30, "itlMs": 10 }] }, "maxBatch": 8 }
            """;

        var started = (await Lines(Lacking, Start))[0];

        Assert.That(((string?)started["disabledReason"], (string?)started["reason"], Applied(started)), Is.EqualTo(("infeasible_at_startup", "modelFailed", (1, 1, 400, 300))));
    }

    [Test]
    public async Task An_aggregated_fleet_has_engines_in_the_place_of_decode()
    {
        var config = Unit("""{ "mode": "agg", "aggEngine": { "tp": 8 }, "prefillEngine": null, "decodeEngine": null, "admissionMode": "autoset" }""");

        var lines = await Lines(
            config,
            """{ "t": 0, "optimize": true }""",
            Start,
            Observe(60, "\"powerAggW\": 350, \"powerPrefillW\": 999, \"scheduledPrefillTokens\": 0, \"scheduledDecodeKvTokens\": 2000, \"readyDecode\": 2, \"readyPrefill\": 0, \"minPrefillMaxNumBatchedTokens\": 8192, \"effectiveDecodeCapWatts\": 400"));

        Assert.That(lines.Select(Applied), Is.EqualTo(new[] { (0, 0, 700, 700), (0, 2, 400, 400), (0, 2, 400, 400) }));
        Assert.That(Commands(lines[1]).Take(2), Is.EqualTo(new[] { "setCap agg 400 True", "setReplicas agg 2 True" }));
        Assert.That((double)lines[2]["corrections"]!["powerAgg"]!, Is.EqualTo(1 + (0.3 * ((350.0 / 400) - 1))).Within(1e-12));
        Assert.That((long)lines[2]["applied"]!["prefillTokensThreshold"]!, Is.GreaterThan(0));
    }

    [Test]
    public async Task Tables_are_planned_point_by_point_behind_the_faults()
    {
        const string Table = """
            { "kind": "table", "maxKvTokens": 50000, "prefill": [{ "capWatts": 350, "ttftMs": 60 }, { "ttftMs": 50, "powerW": 400 }],
              "decode": [{ "batch": 16, "itlMs": 8, "powerW": 250 }, { "capWatts": 280, "batch": 32, "itlMs": 11 }] }
            """;
        var config = Unit($$"""{ "performance": {{Table}}, "batches": "All" }""");

        var lines = await Lines(config, Start, """{ "t": 1, "fault": { "kind": "modelThrows", "count": 1 } }""", """{ "t": 2, "optimize": true }""", """{ "t": 3, "optimize": true }""");

        Assert.That(lines.Select(line => (int)line["consecutiveFailures"]!), Is.EqualTo(new[] { 0, 0, 1, 0 }));
        Assert.That(((int)lines[0]["planned"]!["prefillCapWatts"]!, (int)lines[0]["planned"]!["decodeBatch"]!), Is.AnyOf((350, 16), (350, 32), (400, 16), (400, 32)));
    }

    [Test]
    public async Task The_ledger_counts_what_stands_beside_the_boards()
    {
        var started = (await Lines(Unit("""{ "nonGpuWattsPerGpu": 50 }"""), Start))[0];

        Assert.That((Applied(started), (long)started["peakWatts"]!), Is.EqualTo(((1, 1, 400, 300), 8 * (450 + 350))));
    }

    [Test]
    public async Task An_empty_file_of_events_has_no_line() =>
        Assert.That(await Of(Unit(), [""]), Is.EqualTo(new CliRun(0, string.Empty, string.Empty)));

    private static (int Prefill, int Decode, int PrefillCap, int DecodeCap) Applied(JsonNode line)
    {
        var applied = line["applied"]!;
        return ((int)applied["prefillReplicas"]!, (int)applied["decodeReplicas"]!, (int)applied["prefillCapWatts"]!, (int)applied["decodeCapWatts"]!);
    }

    private static string[] Commands(JsonNode line) => [.. line["commands"]!.AsArray().Select(command => $"{command!["kind"]} {command["target"]} {command["value"]} {(bool)command["ok"]!}")];
}
