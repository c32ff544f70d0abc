namespace PowerPlanner.Performance;

/// <summary>Texts from files in messages: a message stays one readable line, whatever a file holds.</summary>
internal static class Excerpt
{
    private const int LongestValue = 100;
    private const int LongestMessage = 400;

    /// <summary>The beginning of a text; characters that would leave the line are replaced.</summary>
    public static string Of(string? text) => Cut(text ?? "", LongestValue);

    /// <summary>A message of a library that quotes the file.</summary>
    public static string Of(Exception exception) => Cut(exception.Message, LongestMessage);

    private static string Cut(string text, int longest)
    {
        var length = Math.Min(text.Length, longest);
        if (length == text.Length && !text.AsSpan().ContainsAnyInRange('\0', '\u001F') && !text.AsSpan().ContainsAny('\u007F', '\u2028', '\u2029'))
        {
            return text;
        }

        return string.Create(length + (text.Length > length ? 1 : 0), (text, length), static (shown, cut) =>
        {
            var (text, length) = cut;
            for (var i = 0; i < shown.Length; i++)
            {
                shown[i] = i == length ? '…' : char.IsControl(text[i]) || text[i] is '\u2028' or '\u2029' ? '\uFFFD' : text[i];
            }
        });
    }
}
