using System.Text.Json.Nodes;
using static PowerPlanner.Tests.Cli.ReplayRun;

namespace PowerPlanner.Tests.Cli;

/// <summary>The rows of the staged clamp that need a loop (reference tests Q19, Q21, Q24), driven through the command line.</summary>
internal sealed class ReplayRolloutTests
{
    // 700 and 1200 W a replica; 5 kW pay for three prefill and two decode replicas.
    private static readonly string Config = Unit("""
        { "totalGpuPowerLimitWatts": 5000, "prefillEngine": { "tp": 1 }, "decodeEngine": { "tp": 1 }, "prefillCapWatts": 700, "decodeCapWatts": 1200, "tdpWatts": 1200,
          "performance": { "kind": "fixed", "ttftMs": 50, "itlMs": 10, "maxKvTokens": 50000, "prefillPowerW": 700, "decodePowerW": 1200 } }
        """);

    [Test]
    public async Task Q19_While_a_role_is_rolling_no_role_grows()
    {
        var lines = await Lines(Config, [.. Running(2, 2), Fleet("decode", "\"rolling\": true"), Start, .. ObserveMinutes(3, string.Empty), """{ "t": 200, "fleet": { "role": "decode", "rolling": false } }""", Observe(240)]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines[..^1].SelectMany(Commands), Is.EqualTo(new[] { "setCap prefill 700", "setCap decode 1200" }), "What is in force is commanded once.");
            Assert.That(Commands(lines[^1]), Is.EqualTo(new[] { "setReplicas decode 2", "setReplicas prefill 3" }), "The plan is due as soon as the rollout is over.");
            Assert.That(lines.Select(line => (int)line["peakWatts"]!), Is.All.LessThanOrEqualTo(5000));
        }
    }

    [Test]
    public async Task Q21_While_a_role_is_rolling_fewer_replicas_pass()
    {
        var lines = await Lines(Config, [.. Running(4, 2), Fleet("prefill", "\"rolling\": true"), Start]);

        Assert.That(Commands(lines[^1]), Is.EqualTo(new[] { "setReplicas prefill 3" }));
    }

    [Test]
    public async Task Q24_A_role_below_its_minimum_grows_when_the_other_has_made_room()
    {
        var config = Unit("""
            { "totalGpuPowerLimitWatts": 1000, "prefillMinEndpoint": 2, "prefillEngine": { "tp": 1 }, "decodeEngine": { "tp": 1 }, "prefillCapWatts": 100, "decodeCapWatts": 100, "tdpWatts": 1200,
              "performance": { "kind": "fixed", "ttftMs": 5, "itlMs": 10, "maxKvTokens": 50000, "prefillPowerW": 100, "decodePowerW": 100 } }
            """);

        var started = (await Lines(config, [.. Running(1, 9), Start]))[^1];

        // Commands take effect at once here, so that one event holds both steps, in this order.
        Assert.That(Commands(started), Is.EqualTo(new[] { "setCap prefill 100", "setCap decode 100", "setReplicas decode 8", "setReplicas prefill 2" }));
        Assert.That((int)started["peakWatts"]!, Is.EqualTo(1000));
    }

    [Test]
    public async Task Replicas_of_a_fleet_without_a_controller_are_no_doing_of_its()
    {
        var line = (await Lines(Config, Running(2, 1)))[^1];

        Assert.That(((string)line["state"]!, (int)line["applied"]!["prefillReplicas"]!, (int)line["applied"]!["decodeReplicas"]!, Commands(line).Count), Is.EqualTo(("Cold", 2, 1, 0)));
    }

    [Test]
    public async Task Aggregated_engines_are_changed_under_their_own_name()
    {
        var config = Unit("""{ "mode": "agg", "aggEngine": { "tp": 8 }, "prefillEngine": null, "decodeEngine": null }""");

        var line = (await Lines(config, Fleet("agg", "\"replicas\": 2")))[0];

        Assert.That((int)line["applied"]!["decodeReplicas"]!, Is.EqualTo(2));
    }

    private static string[] Running(int prefill, int decode) =>
        [Fleet("prefill", FormattableString.Invariant($"\"replicas\": {prefill}")), Fleet("decode", FormattableString.Invariant($"\"replicas\": {decode}"))];

    private static string Fleet(string role, string change) => $$"""{ "t": 0, "fleet": { "role": "{{role}}", {{change}} } }""";

    private static List<string> Commands(JsonNode line) => [.. line["commands"]!.AsArray().Select(command => $"{command!["kind"]} {command["target"]} {command["value"]}")];
}
