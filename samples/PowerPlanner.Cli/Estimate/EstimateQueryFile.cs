using System.Text.Json;
using PowerPlanner.Hosting;
using PowerPlanner.Hosting.Json;
using PowerPlanner.Performance.Aic;

namespace PowerPlanner.Cli.Estimate;

/// <summary>Reads the queries of <c>powerplanner estimate</c>.</summary>
internal static class EstimateQueryFile
{
    /// <summary>All queries in the order of the file.</summary>
    /// <exception cref="InvalidOptionsException">All that is wrong, with the index of its query.</exception>
    public static List<EstimateQuery> Parse(ReadOnlyMemory<byte> utf8Json, string source)
    {
        using var document = StrictJson.Parse(utf8Json, source);
        var violations = new List<OptionViolation>();
        var queries = StrictJson.RootElements(document, source, "an array of queries").ConvertAll(item => Read(item.Element, item.Path, violations));
        StrictJson.ThrowIfAny(source, violations);
        return queries;
    }

    private static EstimateQuery Read(JsonElement element, string path, List<OptionViolation> violations)
    {
        var fields = new StrictJsonObject(element, path, violations);
        var query = new EstimateQuery
        {
            Id = fields.RequiredText("id"),
            Engine = new EngineKey
            {
                Model = fields.RequiredText("model"),
                System = fields.RequiredText("system"),
                Backend = fields.RequiredText("backend"),
                Version = fields.RequiredText("version"),
                Tp = fields.Long("tp", 1),
                Pp = fields.Long("pp", 1),
                AttentionDp = fields.Long("attentionDp", 1),
                MoeTp = fields.Long("moeTp", 1),
                MoeEp = fields.Long("moeEp", 1),
                Cp = fields.Long("cp", 1),
                Mode = fields.Choice("mode", EstimationModeNames.All, AicEstimationMode.Silicon),
            },
            Batch = fields.Long("batch", 1),
            Isl = fields.RequiredLong("isl"),
            Osl = fields.RequiredLong("osl"),
            Prefix = fields.Long("prefix", 0),
            Stride = fields.Long("stride", AicEngine.DefaultStride),
            MaxNumTokens = fields.Long("maxNumTokens", AicEngine.DefaultMaxNumTokens),
            Operations = fields.Flag("operations", false),
        };
        fields.Close();
        return query;
    }
}
