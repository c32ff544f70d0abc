using System.Globalization;

namespace PowerPlanner.Benchmarks.Gate;

/// <summary>
/// <c>-- gate</c>: what every hot path allocates and how much faster it is than plain code, against <see cref="GateBounds"/>, in less than a
/// minute. The exit code is 1 where a row breaks its bounds; <c>--filter TEXT</c> measures only the rows that contain the text.
/// </summary>
internal static class RegressionGate
{
    // What is broken is broken every time; noise is not.
    private const int Attempts = 3;

    public static bool IsAsked(string[] args) => args.Length > 0 && args[0] == "gate";

    public static async Task<int> RunAsync(string[] args)
    {
        var filter = args is [_, "--filter", var text] ? text : "";
        using var rows = new GateRows();
        var broken = new List<string>();
        Print("what", "bytes", "at most", "ratio", "at least", "");
        Print("---", "---:", "---:", "---:", "---:", "---");
        var all = await rows.CreateAsync();
        if (!all.Select(row => row.What).Order().SequenceEqual(GateBounds.All.Select(bound => bound.What).Order()))
        {
            throw new InvalidOperationException("The rows of the gate and its bounds do not name the same.");
        }

        foreach (var row in all.Where(row => row.What.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            var bound = GateBounds.All.Single(bound => bound.What == row.What);
            var (bytes, ratio, verdict) = Judge(row, bound);
            for (var again = 1; again < Attempts && verdict.Length > 0; again++)
            {
                (bytes, ratio, verdict) = Judge(row, bound);
            }

            if (verdict.Length > 0)
            {
                broken.Add($"{row.What}: {verdict}");
            }

            Print(row.What, Text(bytes), Text(bound.MostBytes), Text(ratio), Text(bound.LeastRatio), verdict.Length > 0 ? verdict : "ok");
        }

        foreach (var line in broken)
        {
            await Console.Error.WriteLineAsync($"GATE: {line}");
        }

        return broken.Count == 0 ? 0 : 1;
    }

    private static (double Bytes, double? Ratio, string Verdict) Judge(GateRow row, GateBound bound)
    {
        var (seconds, bytes) = GateMeasurement.Of(row.Fast);
        double? ratio = row.Straightforward is { } plain ? GateMeasurement.Of(plain).Seconds / seconds : null;
        return (bytes, ratio, string.Join(", ", new[] { bytes > bound.MostBytes ? "allocates" : null, ratio < bound.LeastRatio ? "slow" : null }.OfType<string>()));
    }

    private static string Text(double? value) => value is { } number ? number.ToString(number is 0 or >= 10 ? "N0" : "N1", CultureInfo.InvariantCulture) : "-";

    private static void Print(params string[] cells) => Console.WriteLine($"| {cells[0],-42} | {string.Join(" | ", cells.Skip(1).Select(cell => $"{cell,9}"))} |");
}
