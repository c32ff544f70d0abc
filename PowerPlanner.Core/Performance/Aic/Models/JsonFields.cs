using System.Globalization;
using System.Text.Json;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>
/// Typed access to the fields of one JSON object. A field that is absent or <c>null</c> is empty; one of the wrong type or out of range
/// is an error that names the file, the field, the value and what is allowed.
/// </summary>
internal readonly struct JsonFields
{
    private readonly string _file;
    private readonly string _prefix;
    private readonly JsonElement _object;

    public JsonFields(string file, JsonElement element, string prefix = "")
    {
        _file = file;
        _prefix = prefix;
        _object = element;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new PerformanceFileException(file, $"{(prefix.Length == 0 ? "the document" : $"field '{prefix.TrimEnd('.')}'")} is {Shown(element)}; a JSON object is expected.");
        }
    }

    /// <summary>The field's value, or null where it is empty.</summary>
    public JsonElement? Value(string name) =>
        _object.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public JsonFields? Object(string name) =>
        Value(name) is { } value ? new JsonFields(_file, value, $"{_prefix}{name}.") : null;

    /// <summary>The field's members with their objects, in file order; nothing where the field is empty.</summary>
    public IEnumerable<(string Name, JsonFields Fields)> Members(string name)
    {
        if (Object(name) is not { } group)
        {
            yield break;
        }

        foreach (var member in group._object.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null)
            {
                yield return (member.Name, new JsonFields(_file, member.Value, $"{group._prefix}{member.Name}."));
            }
        }
    }

    /// <summary>The field's text; null where it is empty or blank.</summary>
    public string? Text(string name)
    {
        if (Value(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            throw Error(name, value, "text is expected");
        }

        var text = value.GetString();
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }

    /// <summary>The texts of an array; nothing where the field is empty.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Value(name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Error(name, value, "an array of texts is expected");
        }

        var texts = new List<string>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
            {
                throw Error($"{name}[{texts.Count.ToString(CultureInfo.InvariantCulture)}]", item, "text is expected");
            }

            texts.Add(item.GetString()!);
        }

        return texts;
    }

    public bool? Boolean(string name) => Value(name) is not { } value
        ? null
        : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Error(name, value, "true or false is expected"),
        };

    /// <summary>The field's integer; null where it is empty.</summary>
    public long? Integer(string name, long minimum, long maximum)
    {
        if (Value(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= minimum && number <= maximum
            ? number
            : throw Error(name, value, string.Create(CultureInfo.InvariantCulture, $"an integer from {minimum} to {maximum} is allowed"));
    }

    public PerformanceFileException Error(string name, string problem) => new(_file, $"field '{_prefix}{name}' {problem}.");

    private PerformanceFileException Error(string name, JsonElement value, string allowed) => Error(name, $"is {Shown(value)}; {allowed}");

    /// <summary>The value as written, cut to a readable length.</summary>
    private static string Shown(JsonElement value)
    {
        const int Longest = 60;
        var text = value.GetRawText();
        return text.Length <= Longest ? text : $"{text.AsSpan(0, Longest)}…";
    }
}
