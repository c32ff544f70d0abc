using System.Text;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>
/// The numbers that JSON does not have and configurations hold all the same, since Python writes them: <c>Infinity</c>, <c>-Infinity</c> and <c>NaN</c>. They
/// are made texts, so that a document that has them can be read; where a number is needed a text is refused by its field's name.
/// </summary>
internal static class BareNumbers
{
    private static readonly string[] Names = ["-Infinity", "Infinity", "NaN"];

    /// <summary>The document with these numbers in quotes; the same text where there are none.</summary>
    public static string Quoted(string json)
    {
        if (!json.Contains("Infinity", StringComparison.Ordinal) && !json.Contains("NaN", StringComparison.Ordinal))
        {
            return json;
        }

        var quoted = new StringBuilder(json.Length + 16);
        var isText = false;
        for (var i = 0; i < json.Length; i++)
        {
            if (isText && json[i] == '\\' && i + 1 < json.Length)
            {
                quoted.Append(json, i++, 2);
                continue;
            }

            isText ^= json[i] == '"';
            if (!isText && NameAt(json, i) is { } name)
            {
                quoted.Append('"').Append(name).Append('"');
                i += name.Length - 1;
                continue;
            }

            quoted.Append(json[i]);
        }

        return quoted.ToString();
    }

    private static string? NameAt(string json, int start)
    {
        foreach (var name in Names)
        {
            if (string.CompareOrdinal(json, start, name, 0, name.Length) == 0)
            {
                return name;
            }
        }

        return null;
    }
}
