using System.Text;
using PowerPlanner.Cli.Charts;
using static PowerPlanner.Cli.Charts.PlotPanel;

namespace PowerPlanner.Cli.Frontier;

/// <summary>Draws an answer as one SVG: panels over one axis of watts. A plan holds from its own watts up to those of the next, so that every line is a staircase.</summary>
internal static class FrontierChart
{
    private const double AxisHeight = 46;

    /// <summary>Watts at the right end of the axis: the budget, else what the largest plan takes.</summary>
    public static long MostWatts(FrontierAnswer answer) => Math.Max(answer.Points[^1].TotalWatts, answer.Options.TotalGpuPowerLimitWatts ?? 0);

    public static string Draw(FrontierAnswer answer)
    {
        var panels = FrontierPanel.Of(answer);
        var top = answer.Options.TotalGpuPowerLimitWatts is null ? 2.0 : 16;
        var bottom = top + (panels.Count * (Height + TitleHeight));
        var svg = new StringBuilder();
        svg.Append(Text($"<svg viewBox=\"0 0 {Width} {bottom + AxisHeight}\" role=\"img\" aria-labelledby=\"chart-title\" aria-describedby=\"chart-text\">"));
        svg.Append("<title id=\"chart-title\">What each number of watts serves, at which energy and under which caps</title>");
        svg.Append(Text($"<desc id=\"chart-text\">{XmlText.Escape(FrontierView.Summary(answer))} The table below the chart has the numbers.</desc>"));
        for (var i = 0; i < panels.Count; i++)
        {
            Panel(svg, answer, panels[i], top + TitleHeight + (i * (Height + TitleHeight)));
        }

        if (answer.Options.TotalGpuPowerLimitWatts is { } budget)
        {
            Budget(svg, budget, X(answer, budget), top, bottom);
        }

        WattAxis(svg, answer, bottom);
        svg.Append(Text($"<line class=\"cross\" x1=\"{Left}\" x2=\"{Left}\" y1=\"{top + TitleHeight}\" y2=\"{bottom}\" visibility=\"hidden\"/>"));
        return svg.Append("</svg>").ToString();
    }

    private static void Budget(StringBuilder svg, int budget, double x, double top, double bottom)
    {
        var label = Text($"budget {budget:N0} W");
        svg.Append(Text($"<path class=\"series bound\" data-name=\"budget\" d=\"M{x:0.#} {top}V{bottom}\"/>"));

        // The budget is nearly always the right end of the axis: its label stands left of the line.
        svg.Append(Text($"<text class=\"tick\" x=\"{Math.Max(Left + (label.Length * LabelWidth), x):0.#}\" y=\"{top - 3}\" text-anchor=\"end\">{label}</text>"));
    }

    private static void Panel(StringBuilder svg, FrontierAnswer answer, FrontierPanel panel, double top)
    {
        var axis = ValueAxis.Of(panel.Lines.Select(line => answer.Points.Select(line.Value)), fromZero: true);
        Frame(svg, panel.Title, panel.Unit, axis, WattGrid(answer).Select(line => line.X), top);
        for (var i = 0; i < panel.Lines.Count; i++)
        {
            var line = panel.Lines[i];
            Line(svg, $"c{i + 1}", line.Name, Stairs(answer, axis, line, top), i, top);
        }
    }

    private static string Stairs(FrontierAnswer answer, ValueAxis axis, FrontierLine line, double top)
    {
        var path = new StringBuilder();
        var last = string.Empty;
        for (var i = 0; i < answer.Points.Count; i++)
        {
            var x = Text($"{X(answer, answer.Points[i].TotalWatts):0.#}");
            var y = Text($"{Y(axis, line.Value(answer.Points[i]), top):0.#}");

            // A step that the eye cannot see is not drawn: frontiers have thousands.
            if (i == 0 || y != last)
            {
                path.Append(i == 0 ? $"M{x} {y}" : $"H{x}V{y}");
                last = y;
            }
        }

        return path.Append(Text($"H{X(answer, MostWatts(answer)):0.#}")).ToString();
    }

    private static void WattAxis(StringBuilder svg, FrontierAnswer answer, double bottom)
    {
        svg.Append(Text($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Left + PlotWidth}\" y1=\"{bottom}\" y2=\"{bottom}\"/>"));
        foreach (var (watts, x) in WattGrid(answer))
        {
            svg.Append(Text($"<line class=\"axis\" x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{bottom}\" y2=\"{bottom + 4}\"/>"));
            svg.Append(Text($"<text class=\"tick\" x=\"{x:0.#}\" y=\"{bottom + 17}\" text-anchor=\"middle\">{watts:N0}</text>"));
        }

        var what = answer.Options.NonGpuWattsPerGpu > 0 ? "charged watts of all GPUs, with what each brings besides its board, W" : "charged watts of all GPUs, W";
        svg.Append(Text($"<text class=\"tick\" x=\"{Left + (PlotWidth / 2)}\" y=\"{bottom + 36}\" text-anchor=\"middle\">{what}</text>"));
    }

    private static IEnumerable<(double Watts, double X)> WattGrid(FrontierAnswer answer)
    {
        var most = MostWatts(answer);
        var step = Math.Max(1, ValueAxis.NiceStep(most, 10));
        for (var i = 0; i * step <= most * 1.000001; i++)
        {
            yield return (i * step, X(answer, i * step));
        }
    }

    private static double X(FrontierAnswer answer, double watts) => Left + (PlotWidth * watts / MostWatts(answer));
}
