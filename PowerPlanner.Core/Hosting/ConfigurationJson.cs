using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace PowerPlanner.Hosting;

/// <summary>
/// Writes a configuration section as the JSON that <see cref="PowerPlannerOptionsJson"/> reads, so that both have one set of names, one
/// strictness and one kind of message. Configuration knows only text and ignores case; JSON has types and does not.
/// </summary>
internal static class ConfigurationJson
{
    private static readonly string[] NestedNames =
    [
        "tp", "pp", "attentionDp", "moeTp", "moeEp", "cp", "minWatts", "maxWatts", "ttft", "itl", "powerPrefill", "powerDecode", "powerAgg", "kind", "maxKvTokens", "prefillPowerW", "decodePowerW", "prefill", "decode", "model", "system", "backend", "version", "estimationMode", "gpu", "prefillCsv", "decodeCsv", "capWatts", "powerW", "batch",
    ];

    // A field's own spelling by any other: an environment variable is in capitals as a rule.
    private static readonly FrozenDictionary<string, string> Spellings =
        OptionDifferences.Names.Concat(NestedNames).ToFrozenDictionary(name => name, StringComparer.OrdinalIgnoreCase);

    // Text that may look like a number: a version 0.22 is no 0.22.
    private static readonly FrozenSet<string> TextFields =
        FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "model", "system", "backend", "version", "gpu", "prefillCsv", "decodeCsv");

    /// <summary>Names of the fields of nested objects that have no namesake among the options.</summary>
    public static IEnumerable<string> Nested => NestedNames;

    /// <summary>The section as an object.</summary>
    public static ReadOnlyMemory<byte> Write(IConfiguration section)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            WriteObject(writer, section.GetChildren());
        }

        return buffer.WrittenMemory;
    }

    private static void WriteObject(Utf8JsonWriter writer, IEnumerable<IConfigurationSection> children)
    {
        writer.WriteStartObject();
        foreach (var child in children)
        {
            writer.WritePropertyName(Spellings.GetValueOrDefault(child.Key, child.Key));
            WriteValue(writer, child);
        }

        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        if (children.Count == 0)
        {
            WriteLeaf(writer, section);
        }
        else if (children.TrueForAll(child => int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            writer.WriteStartArray();
            children.ForEach(child => WriteValue(writer, child));
            writer.WriteEndArray();
        }
        else
        {
            WriteObject(writer, children);
        }
    }

    private static void WriteLeaf(Utf8JsonWriter writer, IConfigurationSection leaf)
    {
        // JSON's null arrives as null or as empty text, depending on the provider.
        if (string.IsNullOrEmpty(leaf.Value))
        {
            writer.WriteNullValue();
        }
        else if (TextFields.Contains(leaf.Key))
        {
            writer.WriteStringValue(leaf.Value);
        }
        else if (bool.TryParse(leaf.Value, out var flag))
        {
            writer.WriteBooleanValue(flag);
        }
        else if (IsJsonNumber(leaf.Value))
        {
            writer.WriteRawValue(leaf.Value);
        }
        else
        {
            writer.WriteStringValue(leaf.Value);
        }
    }

    private static bool IsJsonNumber(string text)
    {
        try
        {
            var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(text));
            return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.BytesConsumed == reader.ValueSpan.Length && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
