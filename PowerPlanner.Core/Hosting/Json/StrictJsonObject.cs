using System.Globalization;
using System.Text.Json;

namespace PowerPlanner.Hosting.Json;

/// <summary>
/// Reads the fields of one JSON object strictly: a wrong type, a number out of a double's or an integer's range, a duplicate, missing or
/// unknown field becomes a violation that names path, value and what is allowed. Absent fields give the caller's default.
/// </summary>
/// <remarks>
/// System.Text.Json's own binding stops at the first error and names neither value nor what is allowed; a document read field by field
/// says it all, and needs no reflection.
/// </remarks>
internal sealed class StrictJsonObject
{
    private readonly string _path;
    private readonly ICollection<OptionViolation> _violations;
    private readonly List<string> _known = [];
    private readonly Dictionary<string, JsonElement> _unread = new(StringComparer.Ordinal);
    private readonly bool _isObject;

    /// <summary>Opens an object; anything else is a violation, and then every field reads as its default in silence.</summary>
    /// <param name="element">The object.</param>
    /// <param name="path">Its path in the document; empty for the root.</param>
    /// <param name="violations">Receives what is wrong.</param>
    public StrictJsonObject(JsonElement element, string path, ICollection<OptionViolation> violations)
    {
        _path = path;
        _violations = violations;
        _isObject = element.ValueKind == JsonValueKind.Object;
        if (!_isObject)
        {
            violations.Add(new OptionViolation(path, StrictJson.Show(element), "an object"));
            return;
        }

        foreach (var property in element.EnumerateObject())
        {
            string name;
            try
            {
                name = property.Name;
            }
            catch (InvalidOperationException)
            {
                // A \u escape that is half of a surrogate pair: the name cannot be a string at all.
                violations.Add(new OptionViolation(path, "a field name that is not valid Unicode", "names of fields"));
                continue;
            }

            if (!_unread.TryAdd(name, property.Value))
            {
                violations.Add(new OptionViolation(At(name), $"{StrictJson.Show(property.Value)} (given twice)", "each field once"));
            }
        }
    }

    /// <summary>Path of a field of this object.</summary>
    public string At(string name) => _path.Length == 0 ? StrictJson.OneLine(name) : $"{_path}.{StrictJson.OneLine(name)}";

    /// <summary>Takes a field of any type; false where it is absent.</summary>
    public bool TryTake(string name, out JsonElement value)
    {
        _known.Add(name);
        return _unread.Remove(name, out value);
    }

    /// <summary>Takes a field; null where it is absent or <c>null</c>, which is a violation if it is required.</summary>
    public JsonElement? TakeValue(string name, string allowed, bool required)
    {
        if (!TryTake(name, out var value))
        {
            if (required && _isObject)
            {
                _violations.Add(new OptionViolation(At(name), "missing", allowed));
            }

            return null;
        }

        if (value.ValueKind != JsonValueKind.Null)
        {
            return value;
        }

        if (required)
        {
            Refuse(name, value, allowed);
        }

        return null;
    }

    /// <summary>A finite number with a default; <c>null</c> is no number.</summary>
    public double Number(string name, double absent) => Take(name, "a number") is { } value ? AsNumber(name, value) ?? absent : absent;

    /// <summary>A finite number that must be there; 0 after a violation.</summary>
    public double RequiredNumber(string name) => TakeValue(name, "a number", required: true) is { } value ? AsNumber(name, value) ?? 0 : 0;

    /// <summary>A finite number, or null where it is absent or <c>null</c>.</summary>
    public double? OptionalNumber(string name, double? absent = null)
    {
        if (!TryTake(name, out var value))
        {
            return absent;
        }

        return value.ValueKind == JsonValueKind.Null ? null : AsNumber(name, value, orNull: true);
    }

    /// <summary>A 32-bit integer with a default.</summary>
    public int Integer(string name, int absent, int minimum = int.MinValue) =>
        Take(name, AllowedInteger(minimum, int.MaxValue)) is { } value ? (int?)AsInteger(name, value, minimum, int.MaxValue) ?? absent : absent;

    /// <summary>A 32-bit integer that must be there; 0 after a violation.</summary>
    public int RequiredInteger(string name, int minimum = int.MinValue) =>
        TakeValue(name, AllowedInteger(minimum, int.MaxValue), required: true) is { } value ? (int?)AsInteger(name, value, minimum, int.MaxValue) ?? 0 : 0;

    /// <summary>A 32-bit integer or null; a default where it is absent.</summary>
    public int? OptionalInteger(string name, int minimum = int.MinValue, int? absent = null) => (int?)OptionalInteger(name, minimum, int.MaxValue, absent);

    /// <summary>A 64-bit integer with a default.</summary>
    public long Long(string name, long absent) =>
        Take(name, AllowedInteger(long.MinValue, long.MaxValue)) is { } value ? AsInteger(name, value, long.MinValue, long.MaxValue) ?? absent : absent;

    /// <summary>A 64-bit integer, or null where it is absent or <c>null</c>.</summary>
    public long? OptionalLong(string name) => OptionalInteger(name, long.MinValue, long.MaxValue, null);

    /// <summary>A 64-bit integer that must be there; 0 after a violation.</summary>
    public long RequiredLong(string name) =>
        TakeValue(name, AllowedInteger(long.MinValue, long.MaxValue), required: true) is { } value ? AsInteger(name, value, long.MinValue, long.MaxValue) ?? 0 : 0;

    /// <summary>A string with a default.</summary>
    public string Text(string name, string absent) => Take(name, "a string") is { } value ? AsText(name, value) ?? absent : absent;

    /// <summary>A string that must be there; empty after a violation.</summary>
    public string RequiredText(string name) => TakeValue(name, "a string", required: true) is { } value ? AsText(name, value) ?? string.Empty : string.Empty;

    /// <summary>A string, or null where it is absent or <c>null</c>.</summary>
    public string? OptionalText(string name) => TakeValue(name, "a string", required: false) is { } value ? AsText(name, value) : null;

    /// <summary>True or false, with a default.</summary>
    public bool Flag(string name, bool absent)
    {
        if (!TryTake(name, out var value))
        {
            return absent;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Refuse(name, value, "true or false");
        return absent;
    }

    /// <summary>One of several names, exactly as spelled, with a default.</summary>
    public T Choice<T>(string name, NamedValues<T> choices, T absent)
        where T : struct, Enum => Take(name, choices.Allowed) is { } value ? AsChoice(name, value, choices) ?? absent : absent;

    /// <summary>One of the named values, or null where absent or null.</summary>
    public T? OptionalChoice<T>(string name, NamedValues<T> choices)
        where T : struct, Enum => TakeValue(name, choices.Allowed, required: false) is { } value ? AsChoice(name, value, choices) : null;

    /// <summary>One of several names that must be there; null after a violation.</summary>
    public T? RequiredChoice<T>(string name, NamedValues<T> choices)
        where T : struct, Enum => TakeValue(name, choices.Allowed, required: true) is { } value ? AsChoice(name, value, choices) : null;

    /// <summary>A nested object that must be there; null after a violation. Its reader closes it.</summary>
    public StrictJsonObject? RequiredObject(string name) => TakeValue(name, "an object", required: true) is { } value ? new StrictJsonObject(value, At(name), _violations) : null;

    /// <summary>A nested object, or null where it is absent or <c>null</c>. Its reader closes it.</summary>
    public StrictJsonObject? OptionalObject(string name) => TakeValue(name, "an object", required: false) is { } value ? new StrictJsonObject(value, At(name), _violations) : null;

    /// <summary>The objects of an array that must be there; null after a violation. Their reader closes each.</summary>
    public IEnumerable<StrictJsonObject>? RequiredArray(string name)
    {
        if (TakeValue(name, "an array", required: true) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            Refuse(name, value, "an array");
            return null;
        }

        return StrictJson.Elements(value, At(name)).Select(item => new StrictJsonObject(item.Element, item.Path, _violations));
    }

    /// <summary>Adds a violation of a rule that the caller knows.</summary>
    public void Refuse(string name, long value, string allowed) => _violations.Add(new OptionViolation(At(name), value.ToString(CultureInfo.InvariantCulture), allowed));

    /// <summary>Ends the object: what has not been asked for by now is an unknown field.</summary>
    public void Close()
    {
        var known = _unread.Count > 0 ? string.Join(", ", _known) : string.Empty;
        foreach (var (name, value) in _unread)
        {
            _violations.Add(new OptionViolation(At(name), $"{StrictJson.Show(value)} (unknown field)", known));
        }

        _unread.Clear();
    }

    private static string AllowedInteger(long minimum, long maximum)
    {
        var least = minimum > int.MinValue ? FormattableString.Invariant($", at least {minimum}") : string.Empty;
        var most = maximum == int.MaxValue ? FormattableString.Invariant($", at most {maximum}") : string.Empty;
        return $"an integer in digits{least}{most}";
    }

    // A field with a default: present means of its type, and null is no value of it.
    private JsonElement? Take(string name, string allowed)
    {
        if (!TryTake(name, out var value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Null)
        {
            return value;
        }

        Refuse(name, value, allowed);
        return null;
    }

    private long? OptionalInteger(string name, long minimum, long maximum, long? absent)
    {
        if (!TryTake(name, out var value))
        {
            return absent;
        }

        return value.ValueKind == JsonValueKind.Null ? null : AsInteger(name, value, minimum, maximum, orNull: true);
    }

    private double? AsNumber(string name, JsonElement value, bool orNull = false)
    {
        // 1e400 parses as infinity.
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number))
        {
            return number;
        }

        Refuse(name, value, orNull ? "a finite number or null" : "a finite number");
        return null;
    }

    private long? AsInteger(string name, JsonElement value, long minimum, long maximum, bool orNull = false)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= minimum && number <= maximum)
        {
            return number;
        }

        Refuse(name, value, AllowedInteger(minimum, maximum) + (orNull ? " or null" : string.Empty));
        return null;
    }

    private string? AsText(string name, JsonElement value)
    {
        if (TextOf(value) is { } text)
        {
            return text;
        }

        Refuse(name, value, "a string of valid Unicode");
        return null;
    }

    private T? AsChoice<T>(string name, JsonElement value, NamedValues<T> choices)
        where T : struct, Enum
    {
        if (TextOf(value) is { } text && choices.TryFind(text, out var chosen))
        {
            return chosen;
        }

        Refuse(name, value, choices.Allowed);
        return null;
    }

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // A \u escape that is half of a surrogate pair is no text at all.
            return null;
        }
    }

    private void Refuse(string name, JsonElement value, string allowed) => _violations.Add(new OptionViolation(At(name), StrictJson.Show(value), allowed));
}
