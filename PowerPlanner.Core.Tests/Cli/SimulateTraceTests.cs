using System.Xml.Linq;
using PowerPlanner.Tests.Hosting;
using Snapshooter.NUnit;

namespace PowerPlanner.Tests.Cli;

internal sealed class SimulateTraceTests
{
    private static readonly string[] Fields =
    [
        "trace", "policy", "scale", "seed", "ticks", "requests", "served", "ttftAttainment", "itlAttainment", "attained", "meanWatts", "energyMegajoules", "joulesPerToken", "maxPeakWatts", "budgetWatts",
        "ticksOverBudget", "sweeps", "replicaChanges", "capChanges", "disabledAtTick",
    ];

    // 12 minutes: 20 requests/s, then 60, with a minute of nothing in between.
    private static string Synthetic()
    {
        var rows = Enumerable.Range(0, 720)
            .Where(second => second / 60 != 5)
            .SelectMany(second => Enumerable.Range(0, second < 360 ? 20 : 60).Select(i => FormattableString.Invariant($"2024-01-01 00:{second / 60:00}:{second % 60:00}.{i:000}0000,{900 + (i * 7)},{150 + i}")));
        return "TIMESTAMP,ContextTokens,GeneratedTokens\n" + string.Join('\n', rows) + "\n";
    }

    [TestCase("library")]
    [TestCase("reference")]
    public async Task A_small_trace_has_these_answers(string policy)
    {
        using var folder = new TemporaryFolder();

        var run = await On(folder, "--policy", policy);

        run.Json["trace"] = "trace.csv";
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        Assert.That(run.Json.AsObject().Select(field => field.Key), Is.EqualTo(Fields));
        Snapshot.Match(run.Output.Replace(folder.Path, "FOLDER", StringComparison.Ordinal).Replace('\\', '/'));
    }

    [Test]
    public async Task Arrivals_are_scaled_and_all_counted()
    {
        using var folder = new TemporaryFolder();

        var run = await On(folder, "--scale", "0.5");

        Assert.That(((int)run.Json["ticks"]!, (double)run.Json["requests"]!), Is.EqualTo((12, 0.5 * ((300 * 20) + (360 * 60)))));
    }

    [Test]
    public async Task The_same_seed_gives_the_same_bytes()
    {
        using var folder = new TemporaryFolder();

        var first = await On(folder, "--seed", "9", "--report", Path.Combine(folder.Path, "1.html"));
        var second = await On(folder, "--seed", "9", "--report", Path.Combine(folder.Path, "2.html"));

        Assert.That(second.Output, Is.EqualTo(first.Output));
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(folder.Path, "2.html")), Is.EqualTo(await File.ReadAllBytesAsync(Path.Combine(folder.Path, "1.html"))));
    }

    [TestCase("library")]
    [TestCase("reference")]
    public async Task Aggregated_engines_serve_a_trace(string policy)
    {
        using var folder = new TemporaryFolder();
        var config = Aggregated(folder);
        var report = Path.Combine(folder.Path, "report.html");

        var run = await CliRun.Of("simulate", "--trace", folder.File("trace.csv", Synthetic()), "--config", config, "--policy", policy, "--json", "--report", report);
        var again = await CliRun.Of("simulate", "--trace", folder.File("trace.csv", Synthetic()), "--config", config, "--policy", policy, "--json");

        // 60 requests/s at the most, and an engine serves about 19.
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        Assert.That(run.Json.AsObject().Select(field => field.Key), Is.EqualTo(Fields));
        Assert.That((double)run.Json["served"]!, Is.EqualTo((double)run.Json["requests"]!).Within(1e-6));

        // The reference's 7 engines, under the cap of the phases' mean, are used to 0.45: 1 − 0.45 · exp(−(200 − 52) · 0.55/52) meet 200 ms.
        Assert.That(((double)run.Json["ttftAttainment"]!, (double)run.Json["itlAttainment"]!), Is.EqualTo((0.95, 0.95)).Within(0.05));
        Assert.That(((int)run.Json["ticksOverBudget"]!, (int?)run.Json["disabledAtTick"]), Is.EqualTo((0, (int?)null)));
        Assert.That((double)run.Json["attained"]!, Is.LessThanOrEqualTo(Math.Min((double)run.Json["ttftAttainment"]!, (double)run.Json["itlAttainment"]!)));
        Assert.That(again.Output, Is.EqualTo(run.Output));
        Assert.That(await File.ReadAllTextAsync(report), Does.Contain("engine power").And.Not.Contain("decode power"));
    }

    [Test]
    public async Task Aggregated_engines_on_the_real_tables_keep_to_the_budget()
    {
        var systems = RealTables.SystemsDirectory;
        using var folder = new TemporaryFolder();
        var config = folder.File("config.json", """
            { "mode": "agg", "totalGpuPowerLimitWatts": 40000, "maxGpuBudget": 64, "isl": 1024, "osl": 200, "ttftMs": 2000, "itlMs": 50, "aggEngine": { "tp": 8 },
              "performance": { "kind": "aic", "model": "Qwen/Qwen3-32B", "system": "h200_sxm", "backend": "vllm", "version": "0.22.0" } }
            """);

        var run = await CliRun.Of("simulate", "--trace", folder.File("trace.csv", Synthetic()), "--config", config, "--systems", systems, "--json");

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        Assert.That(((int)run.Json["ticksOverBudget"]!, (int?)run.Json["disabledAtTick"]), Is.EqualTo((0, (int?)null)), run.Output);
        Assert.That((double)run.Json["served"]!, Is.GreaterThan(0.9 * (double)run.Json["requests"]!), run.Output);
    }

    [Test]
    public async Task A_comparison_runs_both_policies_at_every_scale()
    {
        using var folder = new TemporaryFolder();
        var report = Path.Combine(folder.Path, "report.html");

        var run = await On(folder, "--compare", "--scales", "0.5,2", "--report", report);

        Assert.That(run.Json.AsArray().Select(item => ((double)item!["scale"]!, (string?)item["policy"])), Is.EqualTo(new[] { (0.5, "library"), (0.5, "reference"), (2, "library"), (2, "reference") }));
        Assert.That(XDocument.Load(report).Descendants("svg").Count(), Is.EqualTo(4));
    }

    [Test]
    public async Task Without_JSON_the_table_is_Markdown()
    {
        using var folder = new TemporaryFolder();

        var run = await CliRun.Of("simulate", "--trace", folder.File("trace.csv", Synthetic()), "--config", folder.File("config.json", OptionSamples.Json));

        Assert.That(run.Output, Does.Contain("| scale | policy ").And.Contain("| library ").And.Contain("12 ticks, seed 42, budget 40,000 W."));
    }

    [Test]
    public async Task Real_traffic_is_served_inside_the_budget_and_never_worse_than_by_the_reference([Values("code", "conv")] string name)
    {
        var trace = RealTraces.Of(name);
        using var folder = new TemporaryFolder();

        var run = await CliRun.Of(
            "simulate", "--trace", trace, "--config", Path.Combine(Architecture.SourceTree.Root, "samples", "PowerPlanner.Cli", "traces.json"),
            "--systems", RealTables.SystemsDirectory, "--compare", "--scales", "0.1,1,2,4,8", "--json");

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        foreach (var pair in run.Json.AsArray().Chunk(2))
        {
            var (library, reference) = (pair[0]!, pair[1]!);
            Assert.That(((int)library["ticksOverBudget"]!, (int?)library["disabledAtTick"]), Is.EqualTo((0, (int?)null)), library.ToJsonString());
            Assert.That((double)library["attained"]!, Is.GreaterThanOrEqualTo((double)reference["attained"]!), library.ToJsonString());
        }
    }

    private static string Aggregated(TemporaryFolder folder) => folder.File("config.json", """
        { "mode": "agg", "totalGpuPowerLimitWatts": 40000, "maxGpuBudget": 64, "isl": 1024, "osl": 200, "ttftMs": 200, "itlMs": 50, "aggEngine": { "tp": 8 },
          "tdpWatts": 700, "gpuLimits": { "minWatts": 200, "maxWatts": 700 },
          "performance": { "kind": "fixed", "ttftMs": 50, "itlMs": 10, "maxKvTokens": 50000, "prefillPowerW": 603, "decodePowerW": 558 } }
        """);

    private static Task<CliRun> On(TemporaryFolder folder, params string[] arguments) =>
        CliRun.Of(["simulate", "--trace", folder.File("trace.csv", Synthetic()), "--config", folder.File("config.json", OptionSamples.Json), "--json", .. arguments]);
}
