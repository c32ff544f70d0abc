using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using PowerPlanner.Tests.Hosting;
using Snapshooter.NUnit;

namespace PowerPlanner.Tests.Cli;

internal sealed class FrontierCommandTests
{
    // Two roles of a roofline with a grid of caps: as many trade-offs as real engines have, and no files.
    private const string Grid = """
        { "isl": 1024, "osl": 200, "prefillEngine": { "tp": 4 }, "decodeEngine": { "tp": 4 }, "totalGpuPowerLimitWatts": 20000, "nonGpuWattsPerGpu": 100, "maxBatch": 64,
          "gpuLimits": { "minWatts": 200, "maxWatts": 700 }, "powerSweep": "Grid", "powerSweepStepWatts": 20,
          "performance": { "kind": "roofline", "model": "Qwen/Qwen3-32B", "gpu": "h200_sxm" } }
        """;

    private const string Aggregated = """
        { "mode": "agg", "isl": 1024, "osl": 200, "aggEngine": { "tp": 8 }, "totalGpuPowerLimitWatts": 20000,
          "performance": { "kind": "fixed", "ttftMs": 50, "itlMs": 10, "maxKvTokens": 50000, "prefillPowerW": 603, "decodePowerW": 558 } }
        """;

    [Test]
    public async Task A_frontier_in_JSON() => Snapshot.Match((await CliRun.On(OptionSamples.Json, "frontier", "--config", "FILE", "--json")).Stable());

    [Test]
    public async Task A_frontier_for_people() => Snapshot.Match((await CliRun.On(OptionSamples.Json, "frontier", "--config", "FILE")).Output);

    [Test]
    public async Task An_infeasible_frontier_in_JSON()
    {
        var run = await CliRun.On(WithBudget(9000), "frontier", "--config", "FILE", "--json");

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((1, string.Empty)));
        Snapshot.Match(run.Stable());
    }

    [Test]
    public async Task An_infeasible_frontier_for_people_names_the_smallest_budget()
    {
        var run = await CliRun.On(WithBudget(9000), "frontier", "--config", "FILE");

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Output, Does.StartWith("No frontier: powerBudgetInfeasible.").And.Contain("9288 W"));
    }

    [Test]
    public async Task The_frontier_is_that_of_plan()
    {
        var frontier = await CliRun.On(Grid, "frontier", "--config", "FILE", "--json");
        var plan = await CliRun.On(Grid, "plan", "--config", "FILE", "--json");

        Assert.That(frontier.Json["frontier"]!.ToJsonString(), Is.EqualTo(plan.Json["frontier"]!.ToJsonString()));
    }

    [Test]
    public async Task Caps_are_chosen_point_by_point_where_they_are_searched()
    {
        var points = (await CliRun.On(Grid, "frontier", "--config", "FILE", "--json")).Json["frontier"]!.AsArray();

        Assert.That(points.Select(point => (int)point!["prefillCapWatts"]!).Distinct().Count(), Is.GreaterThan(5));
        Assert.That(points.Select(point => (int)point!["decodeCapWatts"]!), Has.All.InRange(200, 700));
    }

    [Test]
    public async Task A_demand_out_of_reach_leaves_the_frontier()
    {
        var config = OptionSamples.Json.Replace("\"isl\"", "\"objective\": \"LeastPower\", \"targetRequestsPerSecond\": 1000, \"isl\"", StringComparison.Ordinal);

        var run = await CliRun.On(config, "frontier", "--config", "FILE", "--json");

        Assert.That((run.ExitCode, (bool)run.Json["feasible"]!, run.Json["frontier"]!.AsArray().Count > 0), Is.EqualTo((0, true, true)));
    }

    [Test]
    public async Task CSV_says_what_JSON_says()
    {
        var csv = await CliRun.On(Grid, "frontier", "--config", "FILE", "--csv");
        var points = (await CliRun.On(Grid, "frontier", "--config", "FILE", "--json")).Json["frontier"]!.AsArray();

        var lines = csv.Output.Split("\r\n");
        var names = lines[0].Split(',');
        Assert.That((csv.ExitCode, csv.Error), Is.EqualTo((0, string.Empty)));
        Assert.That(names, Is.EqualTo(points[0]!.AsObject().Select(field => field.Key)));
        Assert.That(lines, Has.Length.EqualTo(points.Count + 2), "a header, the points, and nothing after the last line end");
        Assert.That(lines[^1], Is.Empty);
        foreach (var (line, point) in lines.Skip(1).Zip(points))
        {
            var values = line.Split(',').Select(value => double.Parse(value, CultureInfo.InvariantCulture));
            Assert.That(values, Is.EqualTo(names.Select(name => (double)point![name]!)));
        }
    }

    [Test]
    public async Task CSV_without_a_plan_is_a_header_and_the_reason_goes_to_standard_error()
    {
        var run = await CliRun.On(WithBudget(9000), "frontier", "--config", "FILE", "--csv");

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Output, Does.Match("^totalWatts,[A-Za-z,]+\r\n$"));
        Assert.That(run.Error, Does.Contain("9288 W").And.EndsWith(Environment.NewLine));
    }

    [Test]
    public async Task The_page_is_well_formed_with_every_series_inside_its_view_box()
    {
        var page = XDocument.Parse(await PageOf(Grid));

        var svg = page.Descendants("svg").Single();
        var box = ((string)svg.Attribute("viewBox")!).Split(' ').Select(Number).ToArray();
        var series = svg.Descendants("path").Where(path => path.Attribute("data-name") is not null).ToList();
        Assert.That(series.Select(path => (string)path.Attribute("data-name")!), Is.EqualTo(new[] { "throughput", "J per request", "J per token", "prefill", "decode", "prefill", "decode", "batch", "budget" }));
        foreach (var path in svg.Descendants("path").Select(path => (string)path.Attribute("d")!))
        {
            Assert.That(Corners(path), Is.Not.Empty);
            Assert.That(Corners(path).Select(corner => corner.X), Has.All.InRange(box[0], box[2]));
            Assert.That(Corners(path).Select(corner => corner.Y), Has.All.InRange(box[1], box[3]));
        }
    }

    [Test]
    public async Task The_throughput_on_the_page_never_falls()
    {
        var page = XDocument.Parse(await PageOf(Grid));

        var corners = Corners((string)page.Descendants("path").First(path => (string?)path.Attribute("data-name") == "throughput").Attribute("d")!);

        // Down the page is less.
        Assert.That(corners, Has.Count.GreaterThan(50));
        Assert.That(corners.Select(corner => corner.X), Is.Ordered);
        Assert.That(corners.Select(corner => corner.Y), Is.Ordered.Descending);
    }

    [Test]
    public async Task The_page_says_its_units_and_tells_the_chart_in_words()
    {
        var page = XDocument.Parse(await PageOf(Grid));

        var svg = page.Descendants("svg").Single();
        Assert.That(svg.Descendants("tspan").Select(unit => unit.Value), Is.EqualTo(new[] { "requests/s", "J", "J", "W per GPU", "count", "sequences per attention rank" }));
        Assert.That(svg.Descendants("text").Select(text => text.Value), Has.Some.StartsWith("charged watts").And.Some.EqualTo("budget 20,000 W"));
        Assert.That((string?)svg.Attribute("role"), Is.EqualTo("img"));
        Assert.That(svg.Element("title")!.Value, Is.Not.Empty);
        Assert.That(svg.Element("desc")!.Value, Does.Contain("J a request"));
        Assert.That(page.Descendants("tbody").Single().Elements().Count(), Is.InRange(2, 100));
    }

    [Test]
    public async Task The_page_needs_no_network_and_holds_no_number_that_is_none()
    {
        var text = await PageOf(Grid);

        Assert.That(Regex.Matches(text, """https?://|src\s*=|@import|url\(|href="[^#]"""), Is.Empty);
        Assert.That(text, Does.Not.Match("NaN|Infinity|∞"));
        Assert.That(text, Does.Contain("prefers-color-scheme: dark"));
    }

    [Test]
    public async Task An_aggregated_fleet_has_one_line_a_panel()
    {
        var page = XDocument.Parse(await PageOf(Aggregated));

        Assert.That(page.Descendants("path").Select(path => (string?)path.Attribute("data-name")).OfType<string>(), Is.EqualTo(new[] { "throughput", "J per request", "J per token", "engine", "engine", "batch", "budget" }));
    }

    [Test]
    public async Task A_single_plan_without_a_budget_has_a_page_too()
    {
        var config = OptionSamples.Json.Replace("\"totalGpuPowerLimitWatts\": 40000, \"maxGpuBudget\": 64", "\"maxGpuBudget\": 16", StringComparison.Ordinal);

        var page = XDocument.Parse(await PageOf(config));

        Assert.That(page.Descendants("desc").Single().Value, Does.StartWith("The only plan: 9,288 W"));
    }

    [Test]
    public async Task A_page_without_a_plan_says_why()
    {
        var page = XDocument.Parse(await PageOf(WithBudget(9000), exitCode: 1));

        Assert.That(page.Descendants("p").Select(paragraph => paragraph.Value), Has.Some.Contains("9288 W"));
    }

    [TestCase("--json --csv", "not both")]
    [TestCase("--html /nowhere/at/all/f.html", "/nowhere/at/all/f.html: --html")]
    public async Task Bad_options_are_bad_input(string options, string named)
    {
        var run = await CliRun.On(OptionSamples.Json, ["frontier", "--config", "FILE", .. options.Split(' ')]);

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, string.Empty)));
        Assert.That(run.Error, Does.Contain(named).And.Match("^[^\n]+\n$"));
    }

    [Test]
    public async Task Bad_configurations_are_bad_input()
    {
        var run = await CliRun.On(WithBudget(-5), "frontier", "--config", "FILE", "--json");

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, string.Empty)));
        Assert.That(run.Error, Does.Contain("totalGpuPowerLimitWatts").And.Contain("-5"));
    }

    private static async Task<string> PageOf(string config, int exitCode = 0)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "frontier.html");
        var run = await CliRun.On(config, "frontier", "--config", "FILE", "--json", "--html", path);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((exitCode, string.Empty)));
        return await File.ReadAllTextAsync(path);
    }

    /// <summary>The corners of a path of absolute moves, horizontal and vertical lines; a relative line is the legend's.</summary>
    private static List<(double X, double Y)> Corners(string path)
    {
        var corners = new List<(double X, double Y)>();
        foreach (Match step in Regex.Matches(path, "([MHVh])(-?[0-9.]+)(?: (-?[0-9.]+))?"))
        {
            var value = Number(step.Groups[2].Value);
            corners.Add(step.Groups[1].Value switch
            {
                "M" => (value, Number(step.Groups[3].Value)),
                "H" => (value, corners[^1].Y),
                "h" => (corners[^1].X + value, corners[^1].Y),
                _ => (corners[^1].X, value),
            });
        }

        return corners;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string WithBudget(int watts) => OptionSamples.Json.Replace("40000", $"{watts}", StringComparison.Ordinal);
}
