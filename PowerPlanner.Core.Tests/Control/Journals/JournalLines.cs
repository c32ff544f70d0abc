using System.Text;
using PowerPlanner.Control.Journals;

namespace PowerPlanner.Tests.Control.Journals;

/// <summary>Lines of a journal, and what another writer would have made of them.</summary>
internal static class JournalLines
{
    public static string[] Split(string journal) => journal.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Lines with the checksums of what they say now.</summary>
    public static string[] Summed(string[] lines)
    {
        var sum = string.Empty;
        return [.. lines.Select(line =>
        {
            var text = line[..line.LastIndexOf(",\"sum\":", StringComparison.Ordinal)];
            sum = JournalFormat.Chained(text.Contains("\"line\":\"begin\"", StringComparison.Ordinal) ? string.Empty : sum, Encoding.UTF8.GetBytes(text));
            return $"{text},\"sum\":\"{sum}\"}}";
        })];
    }
}
