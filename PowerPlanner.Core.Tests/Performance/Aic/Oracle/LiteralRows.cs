using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>Whole tables of one database, unfiltered, for those who look for something to estimate from.</summary>
internal sealed class LiteralRows
{
    private readonly Dictionary<string, TableRows> _tables = [];

    public TableRows this[string table] => _tables[table];

    public static async Task<LiteralRows> LoadAsync(AicDatabase database, CancellationToken cancellationToken)
    {
        var rows = new LiteralRows();
        await Add("gemm_perf", ["gemm_dtype"], ["m", "n", "k"]).ConfigureAwait(false);
        await Add("computescale_perf", ["quant_dtype"], ["m", "k"]).ConfigureAwait(false);
        await Add("scale_matrix_perf", ["quant_dtype"], ["m", "k"]).ConfigureAwait(false);
        await Add("context_attention_perf", ["attn_dtype", "kv_cache_dtype"], ["num_heads", "num_key_value_heads", "head_dim", "window_size", "isl", "batch_size"]).ConfigureAwait(false);
        await Add("generation_attention_perf", ["kv_cache_dtype"], ["num_heads", "num_key_value_heads", "head_dim", "window_size", "batch_size", "isl", "step"]).ConfigureAwait(false);
        await Add(
            "moe_perf", ["moe_dtype", "distribution"], ["topk", "num_experts", "hidden_size", "inter_size", "moe_tp_size", "moe_ep_size", "num_tokens"]).ConfigureAwait(false);
        await Add("custom_allreduce_perf", [], ["num_gpus", "message_size"]).ConfigureAwait(false);
        await Add("context_mla_perf", ["mla_dtype", "kv_cache_dtype"], ["num_heads", "isl", "batch_size"]).ConfigureAwait(false);
        await Add("generation_mla_perf", ["kv_cache_dtype"], ["num_heads", "batch_size", "isl", "step"]).ConfigureAwait(false);
        await Add("mla_context_module_perf", ["model", "mla_dtype", "kv_cache_dtype", "gemm_type"], ["num_heads", "tp_size", "isl", "batch_size"]).ConfigureAwait(false);
        await Add("mla_generation_module_perf", ["model", "kv_cache_dtype", "gemm_type"], ["num_heads", "tp_size", "batch_size", "isl", "step"]).ConfigureAwait(false);
        await Add("mla_bmm_perf", ["bmm_dtype", "op_name"], ["num_heads", "num_tokens"]).ConfigureAwait(false);
        foreach (var (table, oneCcl) in new[] { ("nccl_perf", false), ("oneccl_perf", true) })
        {
            rows._tables.Add(table, await database.LoadCollectivesAsync(
                new TableQuery(table, ["nccl_dtype", "op_name"], [new("num_gpus"), new("message_size")], []), oneCcl, cancellationToken).ConfigureAwait(false));
        }

        return rows;

        async Task Add(string table, string[] texts, string[] integers) => rows._tables.Add(table, await database.LoadAsync(
            new TableQuery(table, texts, [.. integers.Select(name => new IntegerColumn(name, Default: name == "window_size" ? 0 : null))], []), cancellationToken).ConfigureAwait(false));
    }
}
