using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Prefill attention (specification 4.3).</summary>
internal static class ContextAttentionCompilation
{
    public const string Table = "context_attention_perf";
    private const double ExtrasFactor = 1.1;

    public static async ValueTask<CompiledOperation> CompileAsync(ContextAttentionOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var slice = Slice(operation);
        var points = await PointsAsync(operation, scope, cancellationToken).ConfigureAwait(false);
        if (points.Length == 0)
        {
            return new MissingOperation(operation.Name, operation.Scale, $"{Table} has no slice for {slice}.");
        }

        return new CompiledContextAttention(
            operation.Name,
            operation.Scale,
            new Grid<ContextAttentionRoofline>(points, Roofline(operation, scope), operation.Heads, squareRoot: true),
            ExtrasMs(operation, scope),
            $"{Table} ({slice}, {operation.Heads} heads)",
            scope.MissingRate(operation.Attention.Format, operation.Name));
    }

    /// <summary>Measurements of the operation's slice by heads, sequence and batch.</summary>
    public static ValueTask<GridPoint[]> PointsAsync(ContextAttentionOperation operation, CompileScope scope, CancellationToken cancellationToken) =>
        scope.ShareAsync((Table, Slice(operation)), () => LoadAsync(operation, scope, cancellationToken));

    /// <summary>The slice, for messages.</summary>
    public static string Slice(ContextAttentionOperation operation) =>
        $"attention {operation.Attention.Name}, KV cache {operation.KvCache.Name}, {AttentionSlice.Describe(operation.Heads, operation.KvHeads)}, "
        + $"head size {operation.HeadSize}, window {operation.Window}";

    public static ContextAttentionRoofline Roofline(ContextAttentionOperation operation, CompileScope scope) => new(
        AttentionSlice.Key(operation.Heads, operation.KvHeads), operation.HeadSize, operation.Window, operation.KvCache.BytesPerElement,
        scope.FlopsOrNaN(operation.Attention.Format), scope.System.MemoryBandwidth);

    private static async ValueTask<GridPoint[]> LoadAsync(ContextAttentionOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        List<ColumnFilter> filters =
        [
            new("attn_dtype", [operation.Attention.Name]),
            new("kv_cache_dtype", [operation.KvCache.Name]),
            new("head_dim", Integers: [operation.HeadSize]),
            new("window_size", Integers: [operation.Window], IntegerDefault: 0),
        ];
        AttentionSlice.AddFilter(filters, operation.Heads, operation.KvHeads);
        var rows = await scope.Tables.LoadAsync(
            new TableQuery(
                Table,
                [],
                [new("num_heads", Least: 1), new("num_key_value_heads"), new("isl", Least: 1), new("batch_size", Least: 1)],
                filters),
            cancellationToken).ConfigureAwait(false);
        if (rows.Count == 0)
        {
            return [];
        }

        var (heads, kvHeads, sequences, batches) = (rows.Integers("num_heads"), rows.Integers("num_key_value_heads"), rows.Integers("isl"), rows.Integers("batch_size"));
        var key = AttentionSlice.Key(operation.Heads, operation.KvHeads);
        var points = new List<GridPoint>(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            if (AttentionSlice.Key(heads[i], kvHeads[i]) == key)
            {
                points.Add(new GridPoint(heads[i], sequences[i], batches[i], Leaf.Measured(rows.LatencyMs[i], rows.PowerWatts[i])));
            }
        }

        return GridPoint.SortDistinct(points);
    }

    /// <summary>
    /// Qk-norm, rotary embedding and KV write, ms. Elements of one token whatever the batch and the sequence: by design or accident, so
    /// AIC has it.
    /// </summary>
    public static double ExtrasMs(ContextAttentionOperation operation, CompileScope scope)
    {
        var q = (double)operation.Heads * operation.HeadSize;
        var k = (double)operation.KvHeads * operation.HeadSize;
        var qkNorm = operation.QkNorm ? 2 * ((2 * scope.MemoryOperationMs(2 * q)) + (2 * scope.MemoryOperationMs(2 * k))) : 0;
        var rotary = 2 * scope.MemoryOperationMs((2 * q) + (2 * k));
        var kvWrite = 2 * scope.MemoryOperationMs(operation.Attention.BytesPerElement * k);
        return ExtrasFactor * (qkNorm + rotary + kvWrite);
    }
}
