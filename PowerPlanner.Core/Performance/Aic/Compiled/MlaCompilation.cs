using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Attention over compressed keys and values: kernels, whole modules, and the batched products of absorbed projections (specification 4.8).</summary>
internal static class MlaCompilation
{
    private const string ContextTable = "context_mla_perf";
    private const string GenerationTable = "generation_mla_perf";
    private const string ContextModuleTable = "mla_context_module_perf";
    private const string GenerationModuleTable = "mla_generation_module_perf";
    private const string ProductTable = "mla_bmm_perf";

    public static async ValueTask<CompiledOperation> CompileAsync(ContextMlaOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var slice = $"attention {operation.Attention.Name}, KV cache {operation.KvCache.Name}";
        var points = await scope.ShareAsync((ContextTable, slice), async () =>
        {
            var rows = await scope.Tables.LoadAsync(
                new TableQuery(
                    ContextTable, [], [new("num_heads", Least: 1), new("isl", Least: 1), new("batch_size", Least: 1)],
                    [new("mla_dtype", [operation.Attention.Name]), new("kv_cache_dtype", [operation.KvCache.Name])]),
                cancellationToken).ConfigureAwait(false);
            return rows.Count == 0 ? [] : Points(rows.Count, rows.Integers("num_heads"), rows.Integers("isl"), rows.Integers("batch_size"), i => Measured(rows, i));
        }).ConfigureAwait(false);
        return Context(operation, operation.Heads, operation.Attention, operation.KvCache, points, ContextTable, slice, scope);
    }

    public static async ValueTask<CompiledOperation> CompileAsync(MlaContextModuleOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var modules = await scope.ShareAsync(
            ContextModuleTable, () => MlaModuleRows.LoadAsync(ContextModuleTable, byAttention: true, ["isl", "batch_size"], scope, cancellationToken)).ConfigureAwait(false);
        if (modules.Problem is { } problem)
        {
            return new MissingOperation(operation.Name, operation.Scale, problem);
        }

        var selected = modules.Select(operation.KvCache.Name, operation.Gemm.Name, operation.Attention.Name, operation.NativeHeads);
        return Context(
            operation, operation.Heads, operation.Attention, operation.KvCache,
            Points(selected, modules.Integers("num_heads"), modules.Integers("isl"), modules.Integers("batch_size"), modules.Leaf),
            ContextModuleTable, $"attention {operation.Attention.Name}, KV cache {operation.KvCache.Name}, products {operation.Gemm.Name}", scope);
    }

    public static async ValueTask<CompiledOperation> CompileAsync(GenerationMlaOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var slice = $"KV cache {operation.KvCache.Name}";
        var points = await scope.ShareAsync((GenerationTable, slice), async () =>
        {
            var rows = await scope.Tables.LoadAsync(
                new TableQuery(
                    GenerationTable, [], [new("num_heads", Least: 1), new("batch_size", Least: 1), new("isl", Least: 1), new("step")],
                    [new("kv_cache_dtype", [operation.KvCache.Name])]),
                cancellationToken).ConfigureAwait(false);
            return rows.Count == 0
                ? []
                : Points(rows.Count, rows.Integers("num_heads"), rows.Integers("batch_size"), Sum(rows.Integers("isl"), rows.Integers("step")), i => Measured(rows, i));
        }).ConfigureAwait(false);
        return Generation(operation, operation.Heads, operation.KvCache, product: null, points, GenerationTable, slice, scope);
    }

    public static async ValueTask<CompiledOperation> CompileAsync(MlaGenerationModuleOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var modules = await scope.ShareAsync(
            GenerationModuleTable,
            () => MlaModuleRows.LoadAsync(GenerationModuleTable, byAttention: false, ["batch_size", "isl", "step"], scope, cancellationToken)).ConfigureAwait(false);
        if (modules.Problem is { } problem)
        {
            return new MissingOperation(operation.Name, operation.Scale, problem);
        }

        var selected = modules.Select(operation.KvCache.Name, operation.Gemm.Name, "", operation.NativeHeads);
        return Generation(
            operation, operation.Heads, operation.KvCache, operation.Gemm,
            Points(selected, modules.Integers("num_heads"), modules.Integers("batch_size"), Sum(modules.Integers("isl"), modules.Integers("step")), modules.Leaf),
            GenerationModuleTable, $"KV cache {operation.KvCache.Name}, products {operation.Gemm.Name}", scope);
    }

    public static async ValueTask<CompiledOperation> CompileAsync(MlaBmmOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        // A format that was never measured is answered by the products in 16 bits.
        var substitute = GemmQuantization.BFloat16.Name;
        var rows = await scope.ShareAsync((ProductTable, operation.Quantization.Name), () => scope.Tables.LoadAsync(
            new TableQuery(
                ProductTable, ["bmm_dtype", "op_name"], [new("num_heads", Least: 1), new("num_tokens", Least: 1)],
                [new("bmm_dtype", [operation.Quantization.Name, substitute])]),
            cancellationToken)).ConfigureAwait(false);
        var stage = operation.Stage == MlaBmmStage.Pre ? "mla_gen_pre" : "mla_gen_post";
        var heads = (long)operation.Heads;
        var points = Pick(heads);
        if (points.Count == 0)
        {
            heads = (long)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)operation.Heads);
            points = Pick(heads);
        }

        var format = operation.Quantization.Format;
        var roofline = Product(operation.Quantization, scope);
        return points.Count == 0
            ? new MissingOperation(operation.Name, operation.Scale, $"{ProductTable} has no rows of {stage} for {operation.Quantization.Name} and {operation.Heads} or {heads} heads.")
            : new MlaBmmProduct(
                operation,
                new HeldTokenCurve(points, tokens => roofline.Ms(tokens, heads), isSinglePointHeldBelow: true),
                operation.Heads / (double)heads,
                $"{ProductTable} ({stage}, {operation.Quantization.Name}, {heads} heads)",
                scope.MissingRate(format, operation.Name));

        SortedDictionary<long, Leaf> Pick(long asked)
        {
            var picked = new SortedDictionary<long, Leaf>();
            if (rows.Count == 0)
            {
                return picked;
            }

            var (formats, stages, measured, tokens) = (rows.Text("bmm_dtype"), rows.Text("op_name"), rows.Integers("num_heads"), rows.Integers("num_tokens"));
            var label = Array.IndexOf(formats, operation.Quantization.Name) >= 0 ? operation.Quantization.Name : substitute;
            for (var i = 0; i < formats.Length; i++)
            {
                if (formats[i] == label && stages[i] == stage && measured[i] == asked)
                {
                    picked.TryAdd(tokens[i], Measured(rows, i));
                }
            }

            return picked;
        }
    }

    private static CompiledOperation Context(
        Operation operation, int heads, AttentionQuantization attention, KvCacheQuantization cache, GridPoint[] points, string table, string slice, CompileScope scope) =>
        points.Length == 0
            ? new MissingOperation(operation.Name, operation.Scale, $"{table} has no slice for {slice}.")
            : new CompiledContextMla(
                operation.Name,
                operation.Scale,
                new Grid<ContextMlaRoofline>(
                    points, Roofline(attention, cache, scope), heads, squareRoot: true),
                $"{table} ({slice}, {heads} heads)",
                scope.MissingRate(attention.Format, operation.Name));

    /// <param name="product">Format of the batched products within a module; null for the kernel alone.</param>
    private static CompiledOperation Generation(
        Operation operation, int heads, KvCacheQuantization cache, GemmQuantization? product, GridPoint[] points, string table, string slice, CompileScope scope)
    {
        if (points.Length == 0)
        {
            return new MissingOperation(operation.Name, operation.Scale, $"{table} has no slice for {slice}.");
        }

        var format = GenerationAttentionCompilation.Format(cache, scope);
        return new CompiledGenerationMla(
            operation.Name,
            operation.Scale,
            new Grid<GenerationMlaRoofline>(points, Roofline(cache, product, scope), heads, squareRoot: false),
            $"{table} ({slice}, {heads} heads)",
            scope.MissingRate(format, operation.Name) ?? (product is null ? null : scope.MissingRate(product.Format, operation.Name)));
    }

    public static ContextMlaRoofline Roofline(AttentionQuantization attention, KvCacheQuantization cache, CompileScope scope) =>
        new(cache.BytesPerElement, scope.FlopsOrNaN(attention.Format), scope.System.MemoryBandwidth);

    /// <param name="product">Format of the batched products within a module; null for the kernel alone.</param>
    public static GenerationMlaRoofline Roofline(KvCacheQuantization cache, GemmQuantization? product, CompileScope scope) => new(
        cache.BytesPerElement, scope.FlopsOrNaN(GenerationAttentionCompilation.Format(cache, scope)), scope.System.MemoryBandwidth,
        product is null ? default : Product(product, scope), product is null ? 0 : 2);

    public static MlaBmmRoofline Product(GemmQuantization quantization, CompileScope scope) =>
        new(quantization.BytesPerElement, scope.FlopsOrNaN(quantization.Format), scope.System.MemoryBandwidth);

    private static GridPoint[] Points(int count, long[] heads, long[] outers, long[] inners, Func<int, Leaf> leaf) =>
        Points(Enumerable.Range(0, count), heads, outers, inners, leaf);

    private static GridPoint[] Points(IEnumerable<int> rows, long[] heads, long[] outers, long[] inners, Func<int, Leaf> leaf) =>
        GridPoint.SortDistinct([.. rows.Select(row => new GridPoint(heads[row], outers[row], inners[row], leaf(row)))]);

    private static Leaf Measured(TableRows rows, int row) => Leaf.Measured(rows.LatencyMs[row], rows.PowerWatts[row]);

    private static long[] Sum(long[] left, long[] right) => [.. left.Zip(right, (a, b) => a + b)];
}
