using System.Text.Json;
using System.Text.Json.Serialization;
using PowerPlanner.Power;

namespace PowerPlanner.Control.Snapshots;

/// <summary>
/// A range of caps as an array of its two ends. What a snapshot's types derive from their state is left out of it as read-only; a range's
/// ends are read-only too and yet all that it has.
/// </summary>
internal sealed class GpuPowerLimitsConverter : JsonConverter<GpuPowerLimits>
{
    /// <inheritdoc/>
    public override GpuPowerLimits Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("A range of caps is an array of two integers.");
        }

        var min = NextInteger(ref reader);
        var max = NextInteger(ref reader);
        return reader.Read() && reader.TokenType == JsonTokenType.EndArray ? new GpuPowerLimits(min, max) : throw new JsonException("A range of caps has two ends.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, GpuPowerLimits value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.MinWatts);
        writer.WriteNumberValue(value.MaxWatts);
        writer.WriteEndArray();
    }

    private static int NextInteger(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : throw new JsonException("An end of a range of caps is an integer.");
}
