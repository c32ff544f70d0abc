using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>What the tables hold of operations over compressed keys and values (specification 4.8).</summary>
internal static class MlaSlices
{
    private const string ContextTable = "context_mla_perf";
    private const string GenerationTable = "generation_mla_perf";
    private const string ContextModuleTable = "mla_context_module_perf";
    private const string GenerationModuleTable = "mla_generation_module_perf";
    private const string ProductTable = "mla_bmm_perf";

    public static async ValueTask<MlaSlice> LoadAsync(ContextMlaOperation operation, CompileScope scope, CancellationToken cancellationToken)
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
        return new MlaSlice(points, ContextTable, slice, Problem: null);
    }

    public static async ValueTask<MlaSlice> LoadAsync(MlaContextModuleOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var modules = await scope.ShareAsync(
            ContextModuleTable, () => MlaModuleRows.LoadAsync(ContextModuleTable, byAttention: true, ["isl", "batch_size"], scope, cancellationToken)).ConfigureAwait(false);
        var slice = $"attention {operation.Attention.Name}, KV cache {operation.KvCache.Name}, products {operation.Gemm.Name}";
        if (modules.Problem is { } problem)
        {
            return new MlaSlice([], ContextModuleTable, slice, problem);
        }

        var selected = modules.Select(operation.KvCache.Name, operation.Gemm.Name, operation.Attention.Name, operation.NativeHeads);
        return new MlaSlice(
            Points(selected, modules.Integers("num_heads"), modules.Integers("isl"), modules.Integers("batch_size"), modules.Leaf), ContextModuleTable, slice, Problem: null);
    }

    public static async ValueTask<MlaSlice> LoadAsync(GenerationMlaOperation operation, CompileScope scope, CancellationToken cancellationToken)
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
        return new MlaSlice(points, GenerationTable, slice, Problem: null);
    }

    public static async ValueTask<MlaSlice> LoadAsync(MlaGenerationModuleOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var modules = await scope.ShareAsync(
            GenerationModuleTable,
            () => MlaModuleRows.LoadAsync(GenerationModuleTable, byAttention: false, ["batch_size", "isl", "step"], scope, cancellationToken)).ConfigureAwait(false);
        var slice = $"KV cache {operation.KvCache.Name}, products {operation.Gemm.Name}";
        if (modules.Problem is { } problem)
        {
            return new MlaSlice([], GenerationModuleTable, slice, problem);
        }

        var selected = modules.Select(operation.KvCache.Name, operation.Gemm.Name, "", operation.NativeHeads);
        return new MlaSlice(
            Points(selected, modules.Integers("num_heads"), modules.Integers("batch_size"), Sum(modules.Integers("isl"), modules.Integers("step")), modules.Leaf),
            GenerationModuleTable, slice, Problem: null);
    }

    /// <summary>The curve of a batched product over tokens, of the asked heads or else of the next power of two.</summary>
    public static async ValueTask<MlaProductCurve> LoadAsync(MlaBmmOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
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

        return new MlaProductCurve(points, heads, ProductTable, stage);

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

    private static GridPoint[] Points(int count, long[] heads, long[] outers, long[] inners, Func<int, Leaf> leaf) =>
        Points(Enumerable.Range(0, count), heads, outers, inners, leaf);

    private static GridPoint[] Points(IEnumerable<int> rows, long[] heads, long[] outers, long[] inners, Func<int, Leaf> leaf) =>
        GridPoint.SortDistinct([.. rows.Select(row => new GridPoint(heads[row], outers[row], inners[row], leaf(row)))]);

    private static Leaf Measured(TableRows rows, int row) => Leaf.Measured(rows.LatencyMs[row], rows.PowerWatts[row]);

    private static long[] Sum(long[] left, long[] right) => [.. left.Zip(right, (a, b) => a + b)];
}

/// <summary>Measurements of one combination of formats, by heads and two further axes.</summary>
/// <param name="Description">The combination, for messages.</param>
/// <param name="Problem">Why the table cannot be used; null where it can.</param>
internal sealed record MlaSlice(GridPoint[] Points, string Table, string Description, string? Problem)
{
    /// <summary>What is said where nothing was measured.</summary>
    public string Reason => Problem ?? $"{Table} has no slice for {Description}.";
}

/// <summary>Measurements of a batched product over tokens.</summary>
/// <param name="Heads">Heads that were measured.</param>
internal sealed record MlaProductCurve(SortedDictionary<long, Leaf> Points, long Heads, string Table, string Stage)
{
    /// <summary>What is said where nothing was measured.</summary>
    public string Reason(MlaBmmOperation operation) => $"{Table} has no rows of {Stage} for {operation.Quantization.Name} and {operation.Heads} or {Heads} heads.";
}
