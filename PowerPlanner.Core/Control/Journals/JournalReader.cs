using System.Text;
using System.Text.Json;

namespace PowerPlanner.Control.Journals;

/// <summary>Reads a journal's lines and checks that none was changed, left out or moved.</summary>
internal static class JournalReader
{
    private const string SumField = ",\"sum\":\"";

    /// <summary>The lines, in order. Those that were cut short come without an object.</summary>
    /// <exception cref="InvalidJournalException">A line is damaged.</exception>
    public static IEnumerable<JournalLine> Read(Stream journal)
    {
        using var reader = new StreamReader(journal, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        var number = 0L;
        var last = string.Empty;
        long? cut = null;
        while (reader.ReadLine() is { } text)
        {
            number++;
            if (text.Length == 0)
            {
                continue;
            }

            if (SumOf(text) is not { } sum)
            {
                // A process died while it wrote, or a disk was full: only a new part can follow.
                ThrowIfCut(cut);
                cut = number;
                yield return new JournalLine(number, default);
                continue;
            }

            var root = Parse(number, text);
            var isBegin = root.TryGetProperty("line", out var kind) && kind.ValueEquals(JournalFormat.Begin);
            if (!isBegin)
            {
                ThrowIfCut(cut);
            }

            var expected = JournalFormat.Chained(isBegin ? string.Empty : last, Encoding.UTF8.GetBytes(text[..^(SumField.Length + JournalFormat.Digits + 2)]));
            if (!string.Equals(sum, expected, StringComparison.Ordinal))
            {
                throw new InvalidJournalException(number, $"its checksum is '{sum}', and its text after the line before has '{expected}': the line was changed or damaged, or a line before it is missing");
            }

            cut = null;
            last = sum;
            yield return new JournalLine(number, root);
        }
    }

    private static void ThrowIfCut(long? cut)
    {
        if (cut is { } line)
        {
            throw new InvalidJournalException(line, "is no whole line of a journal, and what follows it is not the beginning of a part: it was changed or damaged");
        }
    }

    /// <summary>The checksum at the end of a whole line; null where it has none.</summary>
    private static string? SumOf(string text)
    {
        var tail = SumField.Length + JournalFormat.Digits + 2;
        return text.Length > tail && text[0] == '{' && text.EndsWith("\"}", StringComparison.Ordinal) && text.AsSpan(text.Length - tail).StartsWith(SumField)
            ? text.Substring(text.Length - JournalFormat.Digits - 2, JournalFormat.Digits)
            : null;
    }

    private static JsonElement Parse(long number, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException failure)
        {
            throw new InvalidJournalException(number, $"is no JSON: {failure.Message}", failure);
        }
    }
}
