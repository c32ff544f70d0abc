using System.Text.Json;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>One question of the reference files, with what AIC answered; fields as in <c>cli.md</c>'s <c>estimate</c>.</summary>
internal sealed class ReferenceQuery(JsonElement query, JsonElement expected)
{
    public string Id => Text("id");

    public string Model => Text("model");

    public string System => Text("system");

    public AicBackend Backend => Text("backend") switch
    {
        "vllm" => AicBackend.Vllm,
        "sglang" => AicBackend.Sglang,
        "trtllm" => AicBackend.TensorRtLlm,
        var other => throw new NotSupportedException($"{Id}: backend '{other}'."),
    };

    public string Version => Text("version");

    public EngineLayout Layout => new(Integer("tp"), Integer("pp"), Integer("attentionDp"), Integer("moeTp"), Integer("moeEp"));

    public int Batch => Integer("batch");

    public int Isl => Integer("isl");

    public int Osl => Integer("osl");

    public int Prefix => Integer("prefix");

    public JsonElement Expected => expected;

    public int Integer(string field) => query.GetProperty(field).GetInt32();

    public static IEnumerable<ReferenceQuery> Load(string file)
    {
        using var stream = File.OpenRead(Path.Combine(RealTables.ReferenceDirectory, file));
        using var document = JsonDocument.Parse(stream);
        foreach (var entry in document.RootElement.Clone().EnumerateArray())
        {
            yield return new ReferenceQuery(entry.GetProperty("query"), entry.GetProperty("expect"));
        }
    }

    public override string ToString() => $"{Id} ({Model}, {Text("backend")} {Version}, {Layout}, batch {Batch}, isl {Isl}, osl {Osl}, prefix {Prefix})";

    private string Text(string field) => query.GetProperty(field).GetString()!;
}
