using System.Globalization;
using System.Text;

namespace PlannerHost.Prometheus;

/// <summary>The parts of PromQL that must be right whatever stands in a name: quoting, escaping, names, durations. Pure.</summary>
internal static class PromQl
{
    // What RE2 gives a meaning to. '-' has one only inside a class, where no name of ours ends up.
    private const string RegexSpecial = @"\.+*?()|[]{}^$";

    /// <summary>A string literal.</summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder(value.Length + 2).Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' or '\\' => text.Append('\\').Append(c),
                '\n' => text.Append("\\n"),
                < ' ' or '\u007f' => text.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => text.Append(c),
            };
        }

        return text.Append('"').ToString();
    }

    /// <summary>A regular expression that matches the text and nothing else.</summary>
    public static string EscapeRegex(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (RegexSpecial.Contains(c, StringComparison.Ordinal))
            {
                escaped.Append('\\');
            }

            escaped.Append(c);
        }

        return escaped.ToString();
    }

    /// <summary>A condition that a label has exactly this value.</summary>
    public static string Is(string label, string value) => $"{label}={Quote(value)}";

    /// <summary>A condition that the whole value matches; Prometheus anchors at both ends.</summary>
    public static string Matches(string label, string regex) => $"{label}=~{Quote(regex)}";

    /// <summary>A duration of whole seconds.</summary>
    public static string Seconds(int seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds}s");

    public static bool IsMetricName(string name) => IsName(name, allowColon: true);

    public static bool IsLabelName(string name) => IsName(name, allowColon: false);

    private static bool IsName(string name, bool allowColon)
    {
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (!(char.IsAsciiLetter(c) || c == '_' || (allowColon && c == ':') || (i > 0 && char.IsAsciiDigit(c))))
            {
                return false;
            }
        }

        return name.Length > 0;
    }
}
