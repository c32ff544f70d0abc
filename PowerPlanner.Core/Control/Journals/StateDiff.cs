using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace PowerPlanner.Control.Journals;

/// <summary>Where two states differ, field by field.</summary>
internal static class StateDiff
{
    private const int Most = 50;
    private const string Absent = "absent";

    /// <summary>The fields that differ, in the order of the first state, at most 50.</summary>
    public static ImmutableArray<JournalField> Between(JsonNode? recorded, JsonNode? replayed)
    {
        var fields = ImmutableArray.CreateBuilder<JournalField>();
        Compare(string.Empty, recorded, replayed, fields);
        return fields.DrainToImmutable();
    }

    private static void Compare(string path, JsonNode? recorded, JsonNode? replayed, ImmutableArray<JournalField>.Builder fields)
    {
        if (fields.Count >= Most)
        {
            return;
        }

        if (recorded is JsonObject then && replayed is JsonObject now)
        {
            foreach (var (name, value) in then)
            {
                if (now.ContainsKey(name))
                {
                    Compare(Below(path, name), value, now[name], fields);
                }
                else if (fields.Count < Most)
                {
                    fields.Add(new JournalField(Below(path, name), Text(value), Absent));
                }
            }

            foreach (var (name, value) in now)
            {
                if (!then.ContainsKey(name) && fields.Count < Most)
                {
                    fields.Add(new JournalField(Below(path, name), Absent, Text(value)));
                }
            }
        }
        else if (Text(recorded) is var a && Text(replayed) is var b && a != b)
        {
            fields.Add(new JournalField(path, a, b));
        }
    }

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "null";
}
