using System.Text.Json;
using System.Text.Json.Serialization;
using PowerPlanner.Control;

namespace PowerPlanner.Cli.Replay;

/// <summary>What became of a journal's decisions, as JSON.</summary>
internal sealed record JournalOutput(
    bool Equal,
    long Lines,
    long Parts,
    long Ticks,
    long Decisions,
    long EqualDecisions,
    long DifferentDecisions,
    long SkippedDecisions,
    long DifferentStatuses,
    IReadOnlyList<long> CutLines,
    IReadOnlyList<string> Libraries,
    IReadOnlyList<JournalOutput.DifferenceFields> Differences)
{
    public static JournalOutput Of(DecisionReplayResult result) => new(
        result.IsEqual,
        result.Lines,
        result.Parts,
        result.Ticks,
        result.Decisions,
        result.Equal,
        result.Different,
        result.Skipped,
        result.DifferentStatuses,
        result.CutLines,
        result.Libraries,
        [.. result.Differences.Select(DifferenceFields.Of)]);

    /// <summary>A line that is written otherwise now. What was and is decided are JSON themselves, or the text of an exception.</summary>
    internal sealed record DifferenceFields(long Line, long Tick, DateTimeOffset Time, string Kind, string? Input, JsonElement Recorded, JsonElement Replayed, IReadOnlyList<FieldFields> Fields)
    {
        public static DifferenceFields Of(JournalDifference difference) => new(
            difference.Line,
            difference.Tick,
            difference.Time,
            difference.Kind,
            difference.Input,
            Element(difference.Recorded),
            Element(difference.Replayed),
            [.. difference.Fields.Select(field => new FieldFields(field.Path, Element(field.Recorded), Element(field.Replayed)))]);
    }

    internal sealed record FieldFields(string Path, JsonElement Recorded, JsonElement Replayed);

    private static JsonElement Element(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text, JournalOutputJson.Default.String);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(JournalOutput))]
[JsonSerializable(typeof(string))]
internal sealed partial class JournalOutputJson : JsonSerializerContext;
