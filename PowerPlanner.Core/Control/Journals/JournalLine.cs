using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PowerPlanner.Control.Journals;

/// <summary>One line of a journal whose checksum is right; or one that was cut short.</summary>
/// <param name="Number">The line, from 1.</param>
/// <param name="Root">The object; undefined where the line was cut short.</param>
internal sealed record JournalLine(long Number, JsonElement Root)
{
    public bool IsCut => Root.ValueKind == JsonValueKind.Undefined;

    public string Kind => Text("line");

    public TimeSpan Now => TimeSpan.TryParseExact(Text("now"), "c", CultureInfo.InvariantCulture, out var now) ? now : throw Bad("now", "a time span");

    public DateTimeOffset Time => Required("time") is { ValueKind: JsonValueKind.String } value && value.TryGetDateTimeOffset(out var time) ? time : throw Bad("time", "an instant");

    public bool Flag(string name) => Root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    public string Text(string name) => Required(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw Bad(name, "a string");

    public int Integer(string name) => Required(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : throw Bad(name, "an integer");

    public T Name<T>(string name)
        where T : struct, Enum => Enum.TryParse<T>(Text(name), out var value) && Enum.IsDefined(value) ? value : throw Bad(name, string.Join(", ", Enum.GetNames<T>()));

    public JsonElement Required(string name) => Root.TryGetProperty(name, out var value) ? value : throw Bad(name, "present");

    public JsonElement? Optional(string name) => Root.TryGetProperty(name, out var value) ? value : null;

    /// <summary>A field of a type of the library's own.</summary>
    /// <exception cref="InvalidJournalException">This version knows another type of that name.</exception>
    public T? Read<T>(string name, JsonTypeInfo<T> type)
    {
        if (Optional(name) is not { } value)
        {
            return default;
        }

        try
        {
            return value.Deserialize(type);
        }
        catch (Exception failure) when (failure is JsonException or NotSupportedException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw new InvalidJournalException(Number, $"field '{name}' cannot be read by version {JournalFormat.Library} of the library: {failure.Message}", failure);
        }
    }

    public InvalidJournalException Bad(string name, string allowed) =>
        new(Number, $"field '{name}' is {Optional(name)?.GetRawText() ?? "missing"}; allowed: {allowed}");
}
