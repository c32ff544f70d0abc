using System.Text.Json;
using System.Text.Json.Serialization;
using PowerPlanner.Admission;

namespace PowerPlanner.Control.Journals;

/// <summary>A policy as an array of its margin and its allowance, since both are read-only and yet all that it has.</summary>
internal sealed class AdmissionPolicyConverter : JsonConverter<AdmissionPolicy>
{
    /// <inheritdoc/>
    public override AdmissionPolicy Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("An admission policy is an array of two numbers.");
        }

        var margin = NextNumber(ref reader);
        var variance = NextNumber(ref reader);
        return reader.Read() && reader.TokenType == JsonTokenType.EndArray ? new AdmissionPolicy(margin, variance) : throw new JsonException("An admission policy has two numbers.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, AdmissionPolicy value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.SafetyMargin);
        writer.WriteNumberValue(value.VarianceZ);
        writer.WriteEndArray();
    }

    private static double NextNumber(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : throw new JsonException("An admission policy is made of numbers.");
}
