using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace PowerPlanner.Hosting.Json;

/// <summary>Documents that people write: comments and trailing commas are tolerated, everything else is strict. See <see cref="StrictJsonObject"/>.</summary>
internal static class StrictJson
{
    private const int LongestShown = 60;

    private static readonly JsonDocumentOptions Tolerant = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Parses a document; every way in which it can be malformed ends in the one exception.</summary>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8Json, string source)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        if (utf8Json.Span.StartsWith(Encoding.UTF8.Preamble))
        {
            utf8Json = utf8Json[Encoding.UTF8.Preamble.Length..];
        }

        // JsonDocument leaves bytes inside strings unchecked until they are read.
        if (!Utf8.IsValid(utf8Json.Span))
        {
            throw new InvalidOptionsException(source, [new OptionViolation(string.Empty, "bytes that are not UTF-8", "JSON in UTF-8")]);
        }

        try
        {
            return JsonDocument.Parse(utf8Json, Tolerant);
        }
        catch (JsonException exception)
        {
            var where = string.Create(CultureInfo.InvariantCulture, $"line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}");
            throw new InvalidOptionsException(source, [new OptionViolation(where, "not JSON", "a JSON document")], exception);
        }
    }

    /// <summary>The elements of a document that must be an array, with their paths.</summary>
    /// <exception cref="InvalidOptionsException">Not an array.</exception>
    public static List<(JsonElement Element, string Path)> RootElements(JsonDocument document, string source, string allowed) =>
        document.RootElement.ValueKind == JsonValueKind.Array
            ? Elements(document.RootElement, string.Empty)
            : throw new InvalidOptionsException(source, [new OptionViolation(string.Empty, Show(document.RootElement), allowed)]);

    /// <summary>Ends reading: throws where anything is wrong.</summary>
    /// <exception cref="InvalidOptionsException">All that is wrong.</exception>
    public static void ThrowIfAny(string source, List<OptionViolation> violations)
    {
        if (violations.Count > 0)
        {
            throw new InvalidOptionsException(source, [.. violations]);
        }
    }

    /// <summary>The elements of an array with their paths.</summary>
    public static List<(JsonElement Element, string Path)> Elements(JsonElement array, string path)
    {
        var elements = new List<(JsonElement, string)>(array.GetArrayLength());
        foreach (var element in array.EnumerateArray())
        {
            elements.Add((element, string.Create(CultureInfo.InvariantCulture, $"{path}[{elements.Count}]")));
        }

        return elements;
    }

    /// <summary>A value on one line, short: scalars as they stand in the file.</summary>
    public static string Show(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ => OneLine(value.GetRawText()),
    };

    /// <summary>Text on one line and not too long, whatever was in it.</summary>
    public static string OneLine(string text)
    {
        var builder = new StringBuilder(Math.Min(text.Length, LongestShown) + 1);
        foreach (var character in text)
        {
            if (builder.Length == LongestShown)
            {
                builder.Append('…');
                break;
            }

            builder.Append(char.IsControl(character) || char.IsSurrogate(character) || character is '\u2028' or '\u2029' ? '\uFFFD' : character);
        }

        return builder.ToString();
    }
}
