namespace PowerPlanner.Performance.Aic.Models;

/// <summary>Projections of attention that a quantized checkpoint leaves in 16 bits (specification 5.4.5).</summary>
/// <param name="Query">Of the queries.</param>
/// <param name="KeyValue">Of keys and values.</param>
/// <param name="Output">Of the result.</param>
internal readonly record struct ExcludedProjections(bool Query, bool KeyValue, bool Output)
{
    private static readonly string[] QueryNames = ["q_a_proj", "q_b_proj", "q_proj"];
    private static readonly string[] KeyValueNames = ["kv_a_proj", "kv_b_proj", "kv_proj", "k_proj", "v_proj"];
    private static readonly string[] OutputNames = ["o_proj"];

    /// <param name="patterns">Module patterns that the configuration excludes.</param>
    public static ExcludedProjections Of(IEnumerable<string> patterns)
    {
        var excluded = default(ExcludedProjections);
        foreach (var pattern in patterns)
        {
            var (query, keyValue, output) = (Names(pattern, QueryNames), Names(pattern, KeyValueNames), Names(pattern, OutputNames));

            // Attention as a whole.
            var all = !query && !keyValue && !output && pattern.Contains("self_attn", StringComparison.OrdinalIgnoreCase);
            excluded = new ExcludedProjections(excluded.Query || query || all, excluded.KeyValue || keyValue || all, excluded.Output || output || all);
        }

        return excluded;
    }

    private static bool Names(string pattern, string[] names) => Array.Exists(names, name => pattern.Contains(name, StringComparison.OrdinalIgnoreCase));
}
