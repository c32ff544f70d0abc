using System.Text.Json;
using System.Text.Json.Serialization;
using PowerPlanner.Admission;

namespace PlannerHost.Frontends;

/// <summary>The JSON of a frontend's <c>/busy_threshold</c>.</summary>
internal static class BusyThresholdJson
{
    /// <summary>The body of a write. What is null is left out, which the frontend takes as "leave as is": nothing can be cleared.</summary>
    public static byte[] Write(string model, in AdmissionThresholds thresholds) => JsonSerializer.SerializeToUtf8Bytes(
        new Entry
        {
            Model = model,
            DecodeBlocks = thresholds.ThetaDecode,
            PrefillTokensFraction = thresholds.ThetaPrefillFraction,
            PrefillTokens = thresholds.PrefillTokensThreshold is { } tokens ? Math.Clamp(tokens, 0, uint.MaxValue) : null,
        },
        BusyThresholdJsonContext.Default.Entry);

    /// <summary>The thresholds of a model in the list that a read answers with; null where the model has none, or not both shares, or several that differ.</summary>
    /// <exception cref="JsonException">The text is not such a list.</exception>
    public static AdmissionThresholds? Read(ReadOnlyMemory<byte> utf8, string model)
    {
        using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 8 });
        Entry? found = null;
        foreach (var element in Entries(document.RootElement).EnumerateArray())
        {
            if (element.Deserialize(BusyThresholdJsonContext.Default.Entry) is { } entry && entry.Model == model)
            {
                if (found is not null && found != entry)
                {
                    return null;
                }

                found = entry;
            }
        }

        return found is { DecodeBlocks: { } decode and >= 0 and <= 1, PrefillTokensFraction: { } fraction and >= 0 and < double.PositiveInfinity, PrefillTokens: null or >= 0 }
            ? new AdmissionThresholds(decode, fraction, found.PrefillTokens)
            : null;
    }

    // A list, or an object that wraps one: versions differ in that.
    private static JsonElement Entries(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in root.EnumerateObject())
            {
                if (property.Value.ValueKind == JsonValueKind.Array)
                {
                    return property.Value;
                }
            }
        }

        return root.ValueKind == JsonValueKind.Array ? root : throw new JsonException("The answer is no list of thresholds.");
    }

    internal sealed record Entry
    {
        [JsonPropertyName("model")]
        public string? Model { get; init; }

        [JsonPropertyName("active_decode_blocks_threshold")]
        public double? DecodeBlocks { get; init; }

        [JsonPropertyName("active_prefill_tokens_threshold")]
        public long? PrefillTokens { get; init; }

        [JsonPropertyName("active_prefill_tokens_threshold_frac")]
        public double? PrefillTokensFraction { get; init; }
    }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BusyThresholdJson.Entry))]
internal sealed partial class BusyThresholdJsonContext : JsonSerializerContext;
