using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Decode attention (specification 4.4).</summary>
internal static class GenerationAttentionCompilation
{
    public const string Table = "generation_attention_perf";

    /// <summary>From this compute capability on attention over an fp8 cache computes in fp8.</summary>
    private const int FirstFp8Capability = 89;

    public static async ValueTask<CompiledOperation> CompileAsync(GenerationAttentionOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var roofline = Roofline(operation, scope);
        var slice = Slice(operation);
        var points = await PointsAsync(operation, scope, cancellationToken).ConfigureAwait(false);
        return points.Length == 0
            ? new MissingOperation(operation.Name, operation.Scale, $"{Table} has no slice for {slice}.")
            : new CompiledGenerationAttention(
                operation.Name,
                operation.Scale,
                new Grid<GenerationAttentionRoofline>(points, roofline, operation.Heads, squareRoot: false),
                $"{Table} ({slice}, {operation.Heads} heads)",
                scope.MissingRate(Format(operation.KvCache, scope), operation.Name));
    }

    /// <summary>Measurements of the operation's slice by heads, batch and sequence.</summary>
    public static ValueTask<GridPoint[]> PointsAsync(GenerationAttentionOperation operation, CompileScope scope, CancellationToken cancellationToken) =>
        scope.ShareAsync((Table, Slice(operation)), () => LoadAsync(operation, Roofline(operation, scope), scope, cancellationToken));

    /// <summary>The slice, for messages.</summary>
    public static string Slice(GenerationAttentionOperation operation) =>
        $"KV cache {operation.KvCache.Name}, {AttentionSlice.Describe(operation.Heads, operation.KvHeads)}, head size {operation.HeadSize}, window {operation.Window}";

    public static GenerationAttentionRoofline Roofline(GenerationAttentionOperation operation, CompileScope scope) => new(
        AttentionSlice.Key(operation.Heads, operation.KvHeads), operation.HeadSize, operation.Window, operation.KvCache.BytesPerElement,
        scope.FlopsOrNaN(Format(operation.KvCache, scope)), scope.System.MemoryBandwidth);

    /// <summary>What decode computes in.</summary>
    public static TensorCoreFormat Format(KvCacheQuantization cache, CompileScope scope) =>
        cache == KvCacheQuantization.Fp8 && scope.System.SmVersion >= FirstFp8Capability ? TensorCoreFormat.Fp8 : TensorCoreFormat.BFloat16;

    private static async ValueTask<GridPoint[]> LoadAsync(
        GenerationAttentionOperation operation, GenerationAttentionRoofline roofline, CompileScope scope, CancellationToken cancellationToken)
    {
        List<ColumnFilter> filters =
        [
            new("kv_cache_dtype", [operation.KvCache.Name]),
            new("head_dim", Integers: [operation.HeadSize]),
            new("window_size", Integers: [operation.Window], IntegerDefault: 0),
        ];
        AttentionSlice.AddFilter(filters, operation.Heads, operation.KvHeads);
        var rows = await scope.Tables.LoadAsync(
            new TableQuery(
                Table,
                [],
                [new("num_heads", Least: 1), new("num_key_value_heads"), new("batch_size", Least: 1), new("isl", Least: 1), new("step")],
                filters),
            cancellationToken).ConfigureAwait(false);
        if (rows.Count == 0)
        {
            return [];
        }

        var (heads, kvHeads, batches) = (rows.Integers("num_heads"), rows.Integers("num_key_value_heads"), rows.Integers("batch_size"));
        var (inputs, steps) = (rows.Integers("isl"), rows.Integers("step"));
        var key = AttentionSlice.Key(operation.Heads, operation.KvHeads);
        var points = new List<GridPoint>(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            if (AttentionSlice.Key(heads[i], kvHeads[i]) != key)
            {
                continue;
            }

            double sequence = inputs[i] + steps[i];
            var bound = roofline.Ms(heads[i], batches[i], sequence);
            var leaf = double.IsNaN(bound)
                ? Leaf.Measured(rows.LatencyMs[i], rows.PowerWatts[i])
                : Leaf.NoFasterThan(bound, rows.LatencyMs[i], rows.PowerWatts[i]);
            points.Add(new GridPoint(heads[i], batches[i], sequence, leaf));
        }

        return GridPoint.SortDistinct(points);
    }
}
