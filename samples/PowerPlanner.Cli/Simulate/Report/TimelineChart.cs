using System.Text;
using PowerPlanner.Cli.Charts;
using static PowerPlanner.Cli.Charts.PlotPanel;

namespace PowerPlanner.Cli.Simulate.Report;

/// <summary>Draws the panels of a run as one SVG: all share the axis of time, marks run through all of them.</summary>
internal static class TimelineChart
{
    private const double MarkRowHeight = 17;
    private const double AxisHeight = 34;

    /// <summary>The chart.</summary>
    public static string Draw(Timeline run)
    {
        var rows = Rows(run, out var rowCount);
        var lane = rowCount * MarkRowHeight;
        var top = lane + 2;
        var bottom = top + (run.Panels.Count * (Height + TitleHeight));
        var svg = new StringBuilder();
        svg.Append(Text($"<svg viewBox=\"0 0 {Width} {bottom + AxisHeight}\" role=\"img\" aria-label=\"{XmlText.Escape(run.Name)}: {XmlText.Escape(run.Title)}\" data-ticks=\"{run.Ticks}\">"));
        for (var i = 0; i < run.Marks.Count; i++)
        {
            Mark(svg, run, run.Marks[i], rows[i], bottom, i);
        }

        for (var i = 0; i < run.Panels.Count; i++)
        {
            Panel(svg, run, run.Panels[i], top + TitleHeight + (i * (Height + TitleHeight)));
        }

        TimeAxis(svg, run, bottom);
        svg.Append(Text($"<line class=\"cross\" x1=\"{Left}\" x2=\"{Left}\" y1=\"{top + TitleHeight}\" y2=\"{bottom}\" visibility=\"hidden\"/>"));
        return svg.Append("</svg>").ToString();
    }

    // Labels of marks that would run into each other go to rows of their own.
    private static int[] Rows(Timeline run, out int count)
    {
        var ends = new List<double>();
        var rows = new int[run.Marks.Count];
        foreach (var i in Enumerable.Range(0, rows.Length).OrderBy(i => run.Marks[i].FromTick))
        {
            var start = LabelX(run, run.Marks[i]);
            var row = ends.FindIndex(end => end <= start);
            if (row < 0)
            {
                row = ends.Count;
                ends.Add(0);
            }

            ends[row] = start + (run.Marks[i].Label.Length * LabelWidth) + 14;
            rows[i] = row;
        }

        count = ends.Count;
        return rows;
    }

    // A label that would leave the picture on the right is moved to the left.
    private static double LabelX(Timeline run, TimelineMark mark) => Math.Max(Left, Math.Min(X(run, mark.FromTick), Width - 8 - (mark.Label.Length * LabelWidth)));

    private static void Mark(StringBuilder svg, Timeline run, TimelineMark mark, int row, double bottom, int index)
    {
        var from = X(run, Math.Min(mark.FromTick, run.Ticks));
        var to = X(run, Math.Min(mark.ToTick, run.Ticks));
        var y = row * MarkRowHeight;
        var tone = index % 2 == 0 ? "band" : "band other";
        svg.Append(Text($"<g class=\"{tone}\"><title>{XmlText.Escape(mark.Label)}</title>"));
        svg.Append(Text($"<rect x=\"{from:0.#}\" y=\"{y + MarkRowHeight - 3}\" width=\"{Math.Max(1.5, to - from):0.#}\" height=\"{bottom - y - MarkRowHeight + 3}\"/>"));
        svg.Append(Text($"<line x1=\"{from:0.#}\" x2=\"{from:0.#}\" y1=\"{y + 4}\" y2=\"{bottom}\"/>"));
        svg.Append(Text($"<text x=\"{LabelX(run, mark) + 4:0.#}\" y=\"{y + 12}\">{XmlText.Escape(mark.Label)}</text></g>"));
    }

    private static void Panel(StringBuilder svg, Timeline run, TimelinePanel panel, double top)
    {
        var axis = ValueAxis.Of(panel.Lines.Select(line => line.Values), panel.FromZero);
        Frame(svg, panel.Title, panel.Unit, axis, TimeGrid(run).Select(line => line.X), top);
        for (var i = 0; i < panel.Lines.Count; i++)
        {
            var line = panel.Lines[i];
            Line(svg, CssClass(line.Style), line.Name, Path(run, axis, line, top), i, top);
        }
    }

    private static string Path(Timeline run, ValueAxis axis, TimelineLine line, double top)
    {
        var isStep = line.Style >= TimelineStyle.FirstSteps;
        var path = new StringBuilder();
        var isDrawing = false;
        for (var tick = 0; tick < line.Values.Count; tick++)
        {
            var value = line.Values[tick];
            if (!double.IsFinite(value))
            {
                isDrawing = false;
                continue;
            }

            // A value holds for its tick: steps reach to the tick's end, other lines join the middles.
            var y = Y(axis, value, top);
            if (isStep)
            {
                var isSame = isDrawing && value == line.Values[tick - 1];
                var isLast = tick + 1 == line.Values.Count || line.Values[tick + 1] != value;
                path.Append(!isDrawing ? Text($"M{X(run, tick):0.#} {y:0.#}") : isSame ? string.Empty : Text($"V{y:0.#}"));
                path.Append(isLast ? Text($"H{X(run, tick + 1):0.#}") : string.Empty);
            }
            else
            {
                var isFlat = isDrawing && tick + 1 < line.Values.Count && value == line.Values[tick - 1] && value == line.Values[tick + 1];
                path.Append(isFlat ? string.Empty : Text($"{(isDrawing ? 'L' : 'M')}{X(run, tick + 0.5):0.#} {y:0.#}"));
            }

            isDrawing = true;
        }

        return path.ToString();
    }

    private static void TimeAxis(StringBuilder svg, Timeline run, double bottom)
    {
        svg.Append(Text($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Left + PlotWidth}\" y1=\"{bottom}\" y2=\"{bottom}\"/>"));
        foreach (var (minute, x) in TimeGrid(run))
        {
            svg.Append(Text($"<line class=\"axis\" x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{bottom}\" y2=\"{bottom + 4}\"/>"));
            svg.Append(Text($"<text class=\"tick\" x=\"{x:0.#}\" y=\"{bottom + 17}\" text-anchor=\"middle\">{minute:0.##}</text>"));
        }

        svg.Append(Text($"<text class=\"tick\" x=\"{Left + PlotWidth + 22}\" y=\"{bottom + 17}\">minutes</text>"));
    }

    private static IEnumerable<(double Minute, double X)> TimeGrid(Timeline run)
    {
        var minutes = run.Ticks * run.TickSeconds / 60;
        var step = ValueAxis.NiceStep(minutes, 10);
        for (var i = 0; i * step <= minutes * 1.000001; i++)
        {
            yield return (i * step, Left + (PlotWidth * i * step / minutes));
        }
    }

    private static string CssClass(TimelineStyle style) => style switch
    {
        TimelineStyle.First or TimelineStyle.FirstSteps => "c1",
        TimelineStyle.Second or TimelineStyle.SecondSteps => "c2",
        TimelineStyle.Third => "c3",
        TimelineStyle.ThirdSteps => "c3 dots",
        TimelineStyle.Fourth => "c4",
        _ => "bound",
    };

    private static double X(Timeline run, double tick) => Left + (PlotWidth * tick / Math.Max(1, run.Ticks));
}
