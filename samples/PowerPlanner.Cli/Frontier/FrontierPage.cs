using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using PowerPlanner.Cli.Charts;

namespace PowerPlanner.Cli.Frontier;

/// <summary>The page of a frontier: the chart, and its numbers as a table for whoever cannot see it.</summary>
internal static class FrontierPage
{
    // Enough to read; the CSV has all.
    private const int MostRows = 100;

    public static string Render(FrontierAnswer answer) => HtmlPage.Render("Power frontier", Lead(answer), answer.IsFeasible ? Chart(answer) : Nothing(answer), "frontier.js");

    private static string Lead(FrontierAnswer answer)
    {
        var budget = answer.Options.TotalGpuPowerLimitWatts is { } watts ? Text($"{watts:N0} W") : "no watt budget";
        var ceiling = answer.GpuBudget is { } gpus ? Text($"{gpus:N0} GPUs") : "no GPU ceiling";
        var workload = Text($"Requests of {answer.Options.Isl:N0} tokens in and {answer.Options.Osl:N0} out; TTFT within {answer.Options.TtftMs:0.###} ms, ITL within {answer.Options.ItlMs:0.###} ms; {budget}, {ceiling}.");
        return answer.IsFeasible ? $"{workload} {FrontierView.Summary(answer)}" : workload;
    }

    private static string Nothing(FrontierAnswer answer) => $"<p class=\"bad\">✗ No plan fits.</p><p>{XmlText.Escape(answer.Result.Detail ?? string.Empty)}</p>";

    private static string Chart(FrontierAnswer answer)
    {
        var body = new StringBuilder();
        body.Append("<figure>").Append(FrontierChart.Draw(answer)).Append("<div class=\"tip\" hidden=\"hidden\"></div>");
        body.Append("<script type=\"application/json\">").Append(JsonSerializer.Serialize(FrontierChartData.Of(answer), FrontierPageJson.Default.FrontierChartData)).Append("</script></figure>");
        Table(body, answer);
        body.Append("<footer>A plan holds from its own watts up to those of the next: read at a budget, the lines show the best plan within it. Energy is the predicted draw");
        body.Append(answer.Options.NonGpuWattsPerGpu > 0 ? ", what each GPU brings besides its board included" : " of GPU boards");
        body.Append(", at full throughput. Point at the chart for the numbers.</footer>");
        return body.ToString();
    }

    private static void Table(StringBuilder body, FrontierAnswer answer)
    {
        var isPair = answer.IsPair;
        body.Append("<div class=\"scroll\"><table>");
        body.Append(Text($"<caption>{Math.Min(answer.Points.Count, MostRows):N0} of {answer.Points.Count:N0} trade-offs</caption><thead><tr>"));
        Head(body, "watts, W", "GPUs", "requests/s", "tokens/s", "J per request", "J per token");
        if (isPair)
        {
            Head(body, "prefill replicas", "decode replicas", "prefill cap, W per GPU", "decode cap, W per GPU", "batch, sequences");
        }
        else
        {
            Head(body, "engines", "cap, W per GPU", "batch, sequences");
        }

        body.Append("</tr></thead><tbody>");
        foreach (var point in FrontierTable.EvenlyChosen(answer.Points, MostRows))
        {
            body.Append("<tr>");
            Cell(body, Text($"{point.TotalWatts:N0}"));
            Cell(body, Text($"{point.TotalGpus:N0}"));
            Cell(body, Text($"{point.ThroughputRequestsPerSecond:N2}"));
            Cell(body, Text($"{point.ThroughputRequestsPerSecond * answer.TokensPerRequest:N0}"));
            Cell(body, Text($"{point.JoulesPerRequest:N1}"));
            Cell(body, Text($"{point.JoulesPerToken:N3}"));
            Roles(body, isPair, point.PrefillReplicas, point.DecodeReplicas);
            Roles(body, isPair, point.PrefillCapWatts, point.DecodeCapWatts);
            Cell(body, Text($"{point.DecodeBatch:N0}"));
            body.Append("</tr>");
        }

        body.Append("</tbody></table></div>");
    }

    private static void Head(StringBuilder body, params ReadOnlySpan<string> labels)
    {
        foreach (var label in labels)
        {
            body.Append("<th scope=\"col\" class=\"number\">").Append(label).Append("</th>");
        }
    }

    private static void Roles(StringBuilder body, bool isPair, int prefill, int decode)
    {
        if (isPair)
        {
            Cell(body, Text($"{prefill:N0}"));
        }

        Cell(body, Text($"{decode:N0}"));
    }

    private static void Cell(StringBuilder body, string text) => body.Append("<td class=\"number\">").Append(text).Append("</td>");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What the page's script reads: the trade-offs behind the chart, to five digits.</summary>
internal sealed record FrontierChartData(double Left, double Width, long MostWatts, IReadOnlyList<long> Watts, IReadOnlyList<FrontierChartData.Line> Lines)
{
    public static FrontierChartData Of(FrontierAnswer answer) => new(
        PlotPanel.Left,
        PlotPanel.PlotWidth,
        FrontierChart.MostWatts(answer),
        [.. answer.Points.Select(point => point.TotalWatts)],
        [.. from panel in FrontierPanel.Of(answer) from line in panel.Lines select new Line(panel.Title, line.Name, panel.Unit, [.. answer.Points.Select(point => Shown(line.Value(point)))])]);

    private static double Shown(double value) => double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    internal sealed record Line(string Panel, string Name, string Unit, IReadOnlyList<double> Values);
}

// The default encoder escapes <, > and &, so that no name can end the script.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FrontierChartData))]
internal sealed partial class FrontierPageJson : JsonSerializerContext;
