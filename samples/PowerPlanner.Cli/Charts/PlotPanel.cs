using System.Globalization;
using System.Text;

namespace PowerPlanner.Cli.Charts;

/// <summary>Measures of a chart of panels one above the other, in SVG units, and what every panel draws around its lines.</summary>
internal static class PlotPanel
{
    public const double Left = 66;
    public const double PlotWidth = 830;
    public const double Width = 1080;
    public const double Height = 104;
    public const double TitleHeight = 30;
    public const double LabelWidth = 6.3;

    /// <summary>Title, unit, grid and the labels of the values.</summary>
    /// <param name="svg">Where it is written.</param>
    /// <param name="title">What the panel shows.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="axis">Range of its values.</param>
    /// <param name="verticals">Where vertical lines of the grid stand.</param>
    /// <param name="top">Upper edge of the panel.</param>
    public static void Frame(StringBuilder svg, string title, string unit, ValueAxis axis, IEnumerable<double> verticals, double top)
    {
        foreach (var x in verticals)
        {
            svg.Append(Text($"<line class=\"grid\" x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{top}\" y2=\"{top + Height}\"/>"));
        }

        svg.Append(Text($"<text class=\"panel\" x=\"{Left}\" y=\"{top - 8}\">{XmlText.Escape(title)}<tspan class=\"unit\" dx=\"6\">{XmlText.Escape(unit)}</tspan></text>"));
        foreach (var value in axis.Grid)
        {
            var y = Y(axis, value, top);
            svg.Append(Text($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Left + PlotWidth}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/>"));
            svg.Append(Text($"<text class=\"tick\" x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{axis.Label(value)}</text>"));
        }
    }

    /// <summary>One line and its place in the legend.</summary>
    /// <param name="svg">Where it is written.</param>
    /// <param name="css">Class of the line.</param>
    /// <param name="name">Its name.</param>
    /// <param name="path">Its path.</param>
    /// <param name="index">Its place among the panel's lines.</param>
    /// <param name="top">Upper edge of the panel.</param>
    public static void Line(StringBuilder svg, string css, string name, string path, int index, double top)
    {
        svg.Append(Text($"<path class=\"series {css}\" data-name=\"{XmlText.Escape(name)}\" d=\"{path}\"/>"));
        var y = top + 11 + (index * 19);
        svg.Append(Text($"<path class=\"series {css}\" d=\"M{Left + PlotWidth + 14} {y - 4}h20\"/>"));
        svg.Append(Text($"<text class=\"legend\" x=\"{Left + PlotWidth + 40}\" y=\"{y}\">{XmlText.Escape(name)}</text>"));
    }

    /// <summary>Where a value stands in a panel.</summary>
    public static double Y(ValueAxis axis, double value, double top) => top + (Height * (1 - ((value - axis.Least) / (axis.Most - axis.Least))));

    /// <summary>Text with numbers as SVG wants them, whatever the culture.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
