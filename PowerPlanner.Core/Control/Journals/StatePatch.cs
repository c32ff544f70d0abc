using System.Buffers;
using System.Text.Json;

namespace PowerPlanner.Control.Journals;

/// <summary>
/// What differs between two texts of a state: the members that changed, each in its place; an array or what was null is written whole. Both texts
/// come from one writer, so that they have the same members in the same order.
/// </summary>
internal static class StatePatch
{
    /// <summary>Writes the difference as one object; empty where there is none.</summary>
    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        var old = new Utf8JsonReader(before);
        var now = new Utf8JsonReader(after);
        old.Read();
        now.Read();
        WriteObject(writer, ref old, before, ref now, after);
    }

    /// <summary>Makes the later state's text of the earlier one's.</summary>
    /// <param name="writer">Receives the text.</param>
    /// <param name="before">The earlier text.</param>
    /// <param name="patch">What differs.</param>
    /// <exception cref="JsonException">It names a member that the state does not have, or is no object.</exception>
    public static void Apply(IBufferWriter<byte> writer, ReadOnlySpan<byte> before, ReadOnlySpan<byte> patch)
    {
        var old = new Utf8JsonReader(before);
        var changes = new Utf8JsonReader(patch);
        if (!old.Read() || old.TokenType != JsonTokenType.StartObject || !changes.Read() || changes.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A state is an object, and so is what differs.");
        }

        ApplyObject(writer, ref old, before, ref changes, patch);
    }

    private static void WriteObject(Utf8JsonWriter writer, ref Utf8JsonReader old, ReadOnlySpan<byte> before, ref Utf8JsonReader now, ReadOnlySpan<byte> after)
    {
        writer.WriteStartObject();
        while (now.Read() && now.TokenType == JsonTokenType.PropertyName)
        {
            var name = now.ValueSpan;
            if (!old.Read() || old.TokenType != JsonTokenType.PropertyName || !old.ValueSpan.SequenceEqual(name))
            {
                throw new InvalidOperationException("Two texts of a state have other members.");
            }

            old.Read();
            now.Read();
            var oldEnd = old;
            var nowEnd = now;
            oldEnd.Skip();
            nowEnd.Skip();
            var oldText = before[(int)old.TokenStartIndex..(int)oldEnd.BytesConsumed];
            var nowText = after[(int)now.TokenStartIndex..(int)nowEnd.BytesConsumed];
            if (oldText.SequenceEqual(nowText))
            {
                old = oldEnd;
                now = nowEnd;
                continue;
            }

            writer.WritePropertyName(name);
            if (old.TokenType == JsonTokenType.StartObject && now.TokenType == JsonTokenType.StartObject)
            {
                WriteObject(writer, ref old, before, ref now, after);
            }
            else
            {
                writer.WriteRawValue(nowText, skipInputValidation: true);
                old = oldEnd;
                now = nowEnd;
            }
        }

        old.Read();
        writer.WriteEndObject();
    }

    // On bytes, since the last digit and the last escape count: a tree of nodes would write some of them in other words.
    private static void ApplyObject(IBufferWriter<byte> writer, ref Utf8JsonReader old, ReadOnlySpan<byte> before, ref Utf8JsonReader changes, ReadOnlySpan<byte> patch)
    {
        writer.Write("{"u8);
        var isFirst = true;
        changes.Read();
        while (old.Read() && old.TokenType == JsonTokenType.PropertyName)
        {
            var name = old.ValueSpan;
            var start = (int)old.TokenStartIndex;
            old.Read();
            writer.Write(isFirst ? default : ","u8);
            writer.Write(before[start..(int)old.TokenStartIndex]);
            isFirst = false;
            if (changes.TokenType != JsonTokenType.PropertyName || !changes.ValueSpan.SequenceEqual(name))
            {
                writer.Write(Skipped(ref old, before));
                continue;
            }

            changes.Read();
            if (old.TokenType == JsonTokenType.StartObject && changes.TokenType == JsonTokenType.StartObject)
            {
                ApplyObject(writer, ref old, before, ref changes, patch);
            }
            else
            {
                writer.Write(Skipped(ref changes, patch));
                old.Skip();
            }

            changes.Read();
        }

        if (changes.TokenType != JsonTokenType.EndObject)
        {
            throw new JsonException($"The state has no member '{changes.GetString()}' here.");
        }

        writer.Write("}"u8);
    }

    private static ReadOnlySpan<byte> Skipped(ref Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return text[start..(int)reader.BytesConsumed];
    }
}
