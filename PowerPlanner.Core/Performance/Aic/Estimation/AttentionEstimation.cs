using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>
/// Attention from the utilization of measured attention (specification, chapter 11): over heads, sequence and batch, one sample at the asked length. Where
/// the head size or the window was not measured another head size stands in.
/// </summary>
internal static class AttentionEstimation
{
    private const int PreferredHeadSize = 128;

    public static async ValueTask<CompiledOperation> CompileAsync(ContextAttentionOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var utilization = await UtilizationAsync(operation, 1).ConfigureAwait(false);
        if (utilization.IsEmpty)
        {
            var reference = await ReferenceAsync(
                ContextAttentionCompilation.Table, operation.Heads, operation.KvHeads, operation.HeadSize, operation.Window,
                [new("attn_dtype", [operation.Attention.Name]), new("kv_cache_dtype", [operation.KvCache.Name])], scope, cancellationToken).ConfigureAwait(false);
            if (reference is not var (headSize, window))
            {
                return EmpiricalCompilation.Missing(operation, $"{ContextAttentionCompilation.Table} has no slice for {ContextAttentionCompilation.Slice(operation)}.");
            }

            utilization = await UtilizationAsync(
                operation with { HeadSize = headSize, Window = window },
                HeadSizeRatios.Of(scope.Backend, operation.HeadSize) / HeadSizeRatios.Of(scope.Backend, headSize)).ConfigureAwait(false);
        }

        var (light, extras, heads) = (SpeedOfLight.Of(operation, scope), ContextAttentionCompilation.ExtrasMs(operation, scope), (double)operation.Heads);
        return new EstimatedStep(
            operation, (batch, newTokens, prefix) => (light(batch, newTokens, prefix) / utilization.At(heads, newTokens + prefix, batch)) + extras);

        async ValueTask<UtilizationTable> UtilizationAsync(ContextAttentionOperation slice, double factor) => GridUtilization.Of(
            await ContextAttentionCompilation.PointsAsync(slice, scope, cancellationToken).ConfigureAwait(false), ContextAttentionCompilation.Roofline(slice, scope), factor);
    }

    /// <summary>Decode reads a cache whatever its head size: no ratio between head sizes.</summary>
    public static async ValueTask<CompiledOperation> CompileAsync(GenerationAttentionOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var utilization = await UtilizationAsync(operation).ConfigureAwait(false);
        if (utilization.IsEmpty)
        {
            var reference = await ReferenceAsync(
                GenerationAttentionCompilation.Table, operation.Heads, operation.KvHeads, operation.HeadSize, operation.Window,
                [new("kv_cache_dtype", [operation.KvCache.Name])], scope, cancellationToken).ConfigureAwait(false);
            if (reference is not var (headSize, window))
            {
                return EmpiricalCompilation.Missing(operation, $"{GenerationAttentionCompilation.Table} has no slice for {GenerationAttentionCompilation.Slice(operation)}.");
            }

            utilization = await UtilizationAsync(operation with { HeadSize = headSize, Window = window }).ConfigureAwait(false);
        }

        var (light, heads) = (SpeedOfLight.Of(operation, scope), (double)operation.Heads);
        return new EstimatedStep(operation, (batch, newTokens, prefix) => light(batch, newTokens, prefix) / utilization.At(heads, batch, newTokens + prefix));

        async ValueTask<UtilizationTable> UtilizationAsync(GenerationAttentionOperation slice) => GridUtilization.Of(
            await GenerationAttentionCompilation.PointsAsync(slice, scope, cancellationToken).ConfigureAwait(false), GenerationAttentionCompilation.Roofline(slice, scope));
    }

    /// <summary>
    /// The head size that stands in: of those measured in the asked window, else of those without a window, the one of 128, else the nearest over the logarithm.
    /// </summary>
    /// <returns>null where there is none.</returns>
    private static async ValueTask<(int HeadSize, int Window)?> ReferenceAsync(
        string table, int heads, int kvHeads, int headSize, int window, List<ColumnFilter> filters, CompileScope scope, CancellationToken cancellationToken)
    {
        long[] windows = window == 0 ? [0] : [window, 0];
        filters.Add(new("window_size", Integers: windows, IntegerDefault: 0));
        AttentionSlice.AddFilter(filters, heads, kvHeads);
        var rows = await scope.Tables.LoadAsync(
            new TableQuery(table, [], [new("num_heads", Least: 1), new("num_key_value_heads"), new("head_dim", Least: 1), new("window_size", Default: 0)], filters),
            cancellationToken).ConfigureAwait(false);
        if (rows.Count == 0)
        {
            return null;
        }

        var (measuredHeads, measuredKvHeads) = (rows.Integers("num_heads"), rows.Integers("num_key_value_heads"));
        var (sizes, measuredWindows) = (rows.Integers("head_dim"), rows.Integers("window_size"));
        var key = AttentionSlice.Key(heads, kvHeads);
        foreach (var asked in windows)
        {
            int[] found =
            [
                .. Enumerable.Range(0, rows.Count)
                    .Where(i => measuredWindows[i] == asked && AttentionSlice.Key(measuredHeads[i], measuredKvHeads[i]) == key)
                    .Select(i => (int)sizes[i])
                    .Distinct()
                    .Order(),
            ];
            if (found.Length > 0)
            {
                return (found.Contains(PreferredHeadSize) ? PreferredHeadSize : found.MinBy(size => Math.Abs(Math.Log((double)size / headSize))), (int)asked);
            }
        }

        return null;
    }
}
