using System.Globalization;
using System.Text.Json;
using PowerPlanner.Hosting;
using PowerPlanner.Hosting.Json;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>Fields of one object of a scenario file, with the ranges that scenarios have.</summary>
internal sealed class ScenarioFields(StrictJsonObject json, List<OptionViolation> violations)
{
    public StrictJsonObject Json => json;

    public ScenarioFields Nested(StrictJsonObject other) => new(other, violations);

    public void Close() => json.Close();

    /// <summary>The objects of an array; none where it is absent.</summary>
    public IEnumerable<ScenarioFields> Objects(string name)
    {
        if (json.TakeValue(name, "an array", required: false) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            Refuse(name, StrictJson.Show(value), "an array");
            return [];
        }

        return StrictJson.Elements(value, json.At(name)).Select(item => Nested(new StrictJsonObject(item.Element, item.Path, violations)));
    }

    public int RequiredInteger(string name, int minimum, int maximum) => Within(name, json.RequiredInteger(name), minimum, maximum);

    public int Integer(string name, int minimum, int maximum, int absent) => Within(name, json.Integer(name, absent), minimum, maximum);

    public double RequiredNumber(string name, double minimum, double maximum) => Within(name, json.RequiredNumber(name), minimum, maximum);

    public double Number(string name, double minimum, double maximum, double absent) => Within(name, json.Number(name, absent), minimum, maximum);

    public TimeSpan? OptionalSeconds(string name, double maximum) => json.OptionalNumber(name) is { } seconds ? TimeSpan.FromSeconds(Within(name, seconds, 0, maximum)) : null;

    public TimeSpan Seconds(string name, JsonElement value, double maximum)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds))
        {
            return TimeSpan.FromSeconds(Within(name, seconds, 0, maximum));
        }

        Refuse(name, StrictJson.Show(value), "a number or null");
        return TimeSpan.Zero;
    }

    public void Refuse(string name, string value, string allowed) => violations.Add(new OptionViolation(json.At(name), value, allowed));

    /// <summary>An object of a kind that is not known: its other fields mean nothing, so that it is not closed.</summary>
    public void RefuseKind(string kind, string allowed)
    {
        if (kind.Length > 0)
        {
            Refuse("kind", $"\"{StrictJson.OneLine(kind)}\"", allowed);
        }
    }

    // What is refused is replaced by a value of the range: reading goes on, and finds what else is wrong.
    private int Within(string name, int value, int minimum, int maximum)
    {
        if (value < minimum || value > maximum)
        {
            Refuse(name, value.ToString(CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"an integer from {minimum} to {maximum}"));
        }

        return Math.Clamp(value, minimum, maximum);
    }

    private double Within(string name, double value, double minimum, double maximum)
    {
        if (!(value >= minimum && value <= maximum))
        {
            Refuse(name, value.ToString(CultureInfo.InvariantCulture), Range(minimum, maximum));
        }

        return Math.Clamp(value, minimum, maximum);
    }

    private static string Range(double minimum, double maximum) => (minimum, maximum) switch
    {
        (double.Epsilon, double.MaxValue) => "a number greater than 0",
        (double.Epsilon, _) => string.Create(CultureInfo.InvariantCulture, $"a number greater than 0, at most {maximum}"),
        (_, double.MaxValue) => string.Create(CultureInfo.InvariantCulture, $"a number of at least {minimum}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"a number from {minimum} to {maximum}"),
    };
}
