using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using PowerPlanner.Cli.Charts;

namespace PowerPlanner.Cli.Simulate.Report;

/// <summary>The report of simulated runs.</summary>
internal static class ReportPage
{
    // With more runs than this the page opens with the summary, and the charts of what went wrong.
    private const int MostOpen = 4;

    /// <summary>Writes the page.</summary>
    /// <exception cref="BadInputException">The file cannot be written.</exception>
    public static Task WriteAsync(string path, string title, string lead, IReadOnlyList<Timeline> runs, CancellationToken cancellationToken) =>
        HtmlPage.WriteAsync("--report", path, Render(title, lead, runs), cancellationToken);

    /// <summary>The page.</summary>
    public static string Render(string title, string lead, IReadOnlyList<Timeline> runs)
    {
        var body = new StringBuilder();
        Summary(body, runs);
        for (var i = 0; i < runs.Count; i++)
        {
            Section(body, runs[i], i, isOpen: runs.Count <= MostOpen || runs[i].Passed == false);
        }

        body.Append("<footer>Dashed lines are targets and budgets. Steps show what was in force after the tick. Point at a chart for the numbers.</footer>");
        return HtmlPage.Render(title, lead, body.ToString(), "report.js");
    }

    private static void Summary(StringBuilder page, IReadOnlyList<Timeline> runs)
    {
        if (runs.Count == 0)
        {
            return;
        }

        page.Append("<div class=\"scroll\"><table><thead><tr><th>run</th>");
        page.Append(runs[0].Passed is null ? string.Empty : "<th>verdict</th>");
        foreach (var (label, value) in runs[0].Facts)
        {
            page.Append(IsNumber(value) ? "<th class=\"number\">" : "<th>").Append(XmlText.Escape(label)).Append("</th>");
        }

        page.Append("</tr></thead><tbody>");
        for (var i = 0; i < runs.Count; i++)
        {
            page.Append(Text($"<tr><td><a href=\"#run{i}\">{XmlText.Escape(runs[i].Name)}</a></td>"));
            page.Append(runs[i].Passed is null ? string.Empty : $"<td>{Verdict(runs[i])}</td>");
            foreach (var (_, value) in runs[i].Facts)
            {
                page.Append(IsNumber(value) ? "<td class=\"number\">" : "<td>").Append(XmlText.Escape(value)).Append("</td>");
            }

            page.Append("</tr>");
        }

        page.Append("</tbody></table></div>");
    }

    private static void Section(StringBuilder page, Timeline run, int index, bool isOpen)
    {
        page.Append(Text($"<details id=\"run{index}\"{(isOpen ? " open=\"open\"" : string.Empty)}><summary><h2>{XmlText.Escape(run.Name)}</h2>"));
        page.Append(Text($"<span class=\"what\">{XmlText.Escape(run.Title)}</span> {(run.Passed is null ? string.Empty : Verdict(run))}</summary><dl>"));
        foreach (var (label, value) in run.Facts)
        {
            page.Append(Text($"<div><dt>{XmlText.Escape(label)}</dt><dd>{XmlText.Escape(value)}</dd></div>"));
        }

        page.Append("</dl>");
        if (run.Violations.Count > 0)
        {
            page.Append("<ul class=\"violations\">");
            foreach (var violation in run.Violations)
            {
                page.Append("<li>").Append(XmlText.Escape(violation)).Append("</li>");
            }

            page.Append("</ul>");
        }

        page.Append("<figure>").Append(TimelineChart.Draw(run)).Append("<div class=\"tip\" hidden=\"hidden\"></div>");
        page.Append("<script type=\"application/json\">").Append(JsonSerializer.Serialize(ChartData.Of(run), ReportJson.Default.ChartData)).Append("</script></figure></details>");
    }

    private static string Verdict(Timeline run) => run.Passed == true ? "<span class=\"good\">✓ passed</span>" : "<span class=\"bad\">✗ failed</span>";

    private static bool IsNumber(string value) => value.Length > 0 && (char.IsAsciiDigit(value[0]) || value is "–" || value[0] is '-' or '−');

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What the page's script reads: the values behind a chart, to four digits.</summary>
internal sealed record ChartData(double Left, double Width, int Ticks, double Seconds, IReadOnlyList<ChartData.Line> Lines)
{
    public static ChartData Of(Timeline run) => new(
        PlotPanel.Left,
        PlotPanel.PlotWidth,
        run.Ticks,
        run.TickSeconds,
        [.. from panel in run.Panels from line in panel.Lines select new Line(panel.Title, line.Name, panel.Unit, [.. line.Values.Select(Shown)])]);

    private static double? Shown(double value) =>
        double.IsFinite(value) ? double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null;

    internal sealed record Line(string Panel, string Name, string Unit, IReadOnlyList<double?> Values);
}

// The default encoder escapes <, > and &, so that no name can end the script.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ChartData))]
internal sealed partial class ReportJson : JsonSerializerContext;
