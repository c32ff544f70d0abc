using System.Text;

namespace PowerPlanner.Cli.Charts;

/// <summary>Text as it stands in a page that is HTML and XML at once.</summary>
internal static class XmlText
{
    /// <summary>The text with nothing in it that means something to XML.</summary>
    public static string Escape(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            // XML has no way to write most control characters.
            clean.Append(character switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                _ when char.IsControl(character) || char.IsSurrogate(character) || character >= '\uFFFE' => "\uFFFD",
                _ => character,
            });
        }

        return clean.ToString();
    }
}
