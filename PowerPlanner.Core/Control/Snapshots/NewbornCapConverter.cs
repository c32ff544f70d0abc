using System.Text.Json;
using System.Text.Json.Serialization;

namespace PowerPlanner.Control.Snapshots;

/// <summary>A newborn cap: null as commanded, a number of watts, or <c>"unknown"</c>. It has no parts that could be set one by one.</summary>
internal sealed class NewbornCapConverter : JsonConverter<NewbornCap>
{
    private const string Unknown = "unknown";

    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override NewbornCap Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Null => NewbornCap.AsCommanded,
        JsonTokenType.Number when reader.TryGetInt32(out var watts) && watts >= 1 => NewbornCap.Of(watts),
        JsonTokenType.String when reader.ValueTextEquals(Unknown) => NewbornCap.Unknown,
        _ => throw new JsonException("A newborn cap is null, a whole number of watts of at least 1, or \"unknown\"."),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, NewbornCap value, JsonSerializerOptions options)
    {
        if (value.IsUnknown)
        {
            writer.WriteStringValue(Unknown);
        }
        else if (value.Watts is { } watts)
        {
            writer.WriteNumberValue(watts);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
