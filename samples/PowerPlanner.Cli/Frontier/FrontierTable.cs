using PowerPlanner.Planning;
using Spectre.Console;

namespace PowerPlanner.Cli.Frontier;

/// <summary>Trade-offs for people.</summary>
internal static class FrontierTable
{
    /// <summary>The table.</summary>
    /// <param name="points">The trade-offs.</param>
    /// <param name="mostRows">A frontier may have thousands of points; people read as many, the first and the last among them.</param>
    public static Table Of(IReadOnlyList<FrontierPoint> points, int mostRows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns(Right("W"), Right("GPUs"), Right("requests/s"), Right("requests/s per kW"), Right("J per request"), Right("J per token"));
        table.AddColumns(Right("prefill"), Right("decode"), new TableColumn("caps, W"), Right("batch"));
        foreach (var point in EvenlyChosen(points, mostRows))
        {
            table.AddRow(
                Text($"{point.TotalWatts:N0}"),
                Text($"{point.TotalGpus:N0}"),
                Text($"{point.ThroughputRequestsPerSecond:N2}"),
                Text($"{point.ThroughputRequestsPerSecond * 1000 / point.TotalWatts:N2}"),
                Text($"{point.JoulesPerRequest:N0}"),
                Text($"{point.JoulesPerToken:N3}"),
                Text($"{point.PrefillReplicas}"),
                Text($"{point.DecodeReplicas}"),
                Text($"{point.PrefillCapWatts} / {point.DecodeCapWatts}"),
                Text($"{point.DecodeBatch:N0}"));
        }

        return table;
    }

    /// <summary>At most so many of the points, evenly spread, the first and the last among them.</summary>
    public static IEnumerable<FrontierPoint> EvenlyChosen(IReadOnlyList<FrontierPoint> points, int most)
    {
        var rows = Math.Min(points.Count, most);
        for (var row = 0; row < rows; row++)
        {
            yield return points[rows == 1 ? 0 : (int)((long)row * (points.Count - 1) / (rows - 1))];
        }
    }

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
