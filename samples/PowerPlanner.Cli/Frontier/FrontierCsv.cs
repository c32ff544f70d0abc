using System.Globalization;
using System.Text;

namespace PowerPlanner.Cli.Frontier;

/// <summary>The trade-offs as CSV (RFC 4180: a header, lines that end in CR LF): the names of the JSON, whose ends are the units; counts have none. Numbers are written so that they read back the same.</summary>
internal static class FrontierCsv
{
    private const string LineEnd = "\r\n";

    private const string Header =
        "totalWatts,totalGpus,throughputRequestsPerSecond,throughputTokensPerSecond,prefillReplicas,decodeReplicas,prefillCapWatts,decodeCapWatts,decodeBatch,joulesPerRequest,joulesPerToken";

    public static string Render(FrontierAnswer answer)
    {
        var csv = new StringBuilder(Header).Append(LineEnd);
        foreach (var point in answer.Points)
        {
            var row = FrontierFields.Of(point, answer.TokensPerRequest);
            csv.Append(CultureInfo.InvariantCulture, $"{row.TotalWatts},{row.TotalGpus},{row.ThroughputRequestsPerSecond:R},{row.ThroughputTokensPerSecond:R},{row.PrefillReplicas},{row.DecodeReplicas},");
            csv.Append(CultureInfo.InvariantCulture, $"{row.PrefillCapWatts},{row.DecodeCapWatts},{row.DecodeBatch},{row.JoulesPerRequest:R},{row.JoulesPerToken:R}").Append(LineEnd);
        }

        return csv.ToString();
    }
}
