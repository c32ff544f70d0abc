using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>The tables of attention over compressed keys and values (specification 4.8), filed whole when one of them is first needed.</summary>
internal sealed class LiteralMlaTables(AicDatabase database, SpeedOfLight light)
{
    private readonly Dictionary<string, TableRows> _rows = [];
    private readonly Dictionary<Operation, GridTable> _grids = [];

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_rows.Count > 0)
        {
            return;
        }

        await LoadAsync("context_mla_perf", ["mla_dtype", "kv_cache_dtype"], ["num_heads", "isl", "batch_size"], cancellationToken).ConfigureAwait(false);
        await LoadAsync("generation_mla_perf", ["kv_cache_dtype"], ["num_heads", "batch_size", "isl", "step"], cancellationToken).ConfigureAwait(false);
        await LoadAsync(
            "mla_context_module_perf", ["model", "mla_dtype", "kv_cache_dtype", "gemm_type"], ["num_heads", "tp_size", "isl", "batch_size"], cancellationToken).ConfigureAwait(false);
        await LoadAsync(
            "mla_generation_module_perf", ["model", "kv_cache_dtype", "gemm_type"], ["num_heads", "tp_size", "batch_size", "isl", "step"], cancellationToken).ConfigureAwait(false);
        await LoadAsync("mla_bmm_perf", ["bmm_dtype", "op_name"], ["num_heads", "num_tokens"], cancellationToken).ConfigureAwait(false);
    }

    public GridTable Context(ContextMlaOperation operation) => Grid(operation, () =>
    {
        var grid = new GridTable("context_mla_perf", 3, c => light.ContextMla(operation.Attention, operation.KvCache, heads: c[0], sequence: c[1], batch: c[2]), squareRootAxis: 1);
        var rows = _rows["context_mla_perf"];
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows.Text("mla_dtype")[i] == operation.Attention.Name && rows.Text("kv_cache_dtype")[i] == operation.KvCache.Name)
            {
                grid.Add(Leaf(rows, i), rows.Integers("num_heads")[i], rows.Integers("isl")[i], rows.Integers("batch_size")[i]);
            }
        }

        return grid;
    });

    public GridTable Generation(GenerationMlaOperation operation) => Grid(operation, () =>
    {
        var grid = new GridTable("generation_mla_perf", 3, c => light.GenerationMla(operation.KvCache, heads: c[0], batch: c[1], sequence: c[2]));
        var rows = _rows["generation_mla_perf"];
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows.Text("kv_cache_dtype")[i] == operation.KvCache.Name)
            {
                grid.Add(Leaf(rows, i), rows.Integers("num_heads")[i], rows.Integers("batch_size")[i], rows.Integers("isl")[i] + rows.Integers("step")[i]);
            }
        }

        return grid;
    });

    public GridTable ContextModule(MlaContextModuleOperation operation) => Grid(operation, () =>
    {
        var grid = new GridTable(
            "mla_context_module_perf", 3, c => light.ContextMla(operation.Attention, operation.KvCache, heads: c[0], sequence: c[1], batch: c[2]), squareRootAxis: 1);
        var rows = _rows["mla_context_module_perf"];
        foreach (var i in ModuleRows(rows, operation.NativeHeads, i =>
            rows.Text("mla_dtype")[i] == operation.Attention.Name && rows.Text("kv_cache_dtype")[i] == operation.KvCache.Name && rows.Text("gemm_type")[i] == operation.Gemm.Name))
        {
            grid.Add(Leaf(rows, i), rows.Integers("num_heads")[i], rows.Integers("isl")[i], rows.Integers("batch_size")[i]);
        }

        return grid;
    });

    public GridTable GenerationModule(MlaGenerationModuleOperation operation) => Grid(operation, () =>
    {
        var grid = new GridTable(
            "mla_generation_module_perf", 3, c => light.MlaGenerationModule(operation.KvCache, operation.Gemm, heads: c[0], batch: c[1], sequence: c[2]));
        var rows = _rows["mla_generation_module_perf"];
        foreach (var i in ModuleRows(rows, operation.NativeHeads, i =>
            rows.Text("kv_cache_dtype")[i] == operation.KvCache.Name && rows.Text("gemm_type")[i] == operation.Gemm.Name))
        {
            grid.Add(Leaf(rows, i), rows.Integers("num_heads")[i], rows.Integers("batch_size")[i], rows.Integers("isl")[i] + rows.Integers("step")[i]);
        }

        return grid;
    });

    /// <summary>The curve, and the share of its costs that the asked heads have.</summary>
    public (CurveTable Curve, double Share) Bmm(MlaBmmOperation operation)
    {
        var rows = _rows["mla_bmm_perf"];
        if (rows.Count == 0)
        {
            throw new NoPerformanceDataException("mla_bmm_perf has no rows.");
        }

        var quantization = rows.Text("bmm_dtype").Contains(operation.Quantization.Name) ? operation.Quantization.Name : "bfloat16";
        var name = operation.Stage == MlaBmmStage.Pre ? "mla_gen_pre" : "mla_gen_post";
        var power = 1L;
        while (power < operation.Heads)
        {
            power *= 2;
        }

        foreach (var heads in new[] { operation.Heads, power })
        {
            var curve = new CurveTable("mla_bmm_perf", tokens => light.MlaBmm(operation.Quantization, tokens, heads));
            var found = false;
            for (var i = 0; i < rows.Count; i++)
            {
                if (rows.Text("bmm_dtype")[i] == quantization && rows.Text("op_name")[i] == name && rows.Integers("num_heads")[i] == heads)
                {
                    found = true;
                    curve.Add(rows.Integers("num_tokens")[i], Leaf(rows, i));
                }
            }

            if (found)
            {
                return (curve, operation.Heads / (double)heads);
            }
        }

        throw new NoPerformanceDataException($"mla_bmm_perf has no curve for {operation}.");
    }

    /// <summary>Rows of a slice of modules, in the bucket of the native heads.</summary>
    public static List<int> ModuleRows(TableRows rows, int nativeHeads, Func<int, bool> isSlice)
    {
        var buckets = new SortedDictionary<long, List<int>>();
        for (var i = 0; i < rows.Count; i++)
        {
            var native = rows.Text("model")[i] switch
            {
                "deepseek-ai/DeepSeek-V3" or "deepseek-ai/DeepSeek-R1" or "nvidia/DeepSeek-V3.1-NVFP4" => 128,
                var unknown => throw new NoPerformanceDataException($"An attention module of {unknown}: a load error, which fallbacks treat as a miss."),
            };
            if (rows.Integers("tp_size")[i] > 1 && rows.Integers("num_heads")[i] * rows.Integers("tp_size")[i] != native)
            {
                throw new NoPerformanceDataException("Heads and ranks of an attention module do not fit: a load error, which fallbacks treat as a miss.");
            }

            if (isSlice(i))
            {
                if (!buckets.TryGetValue(native, out var bucket))
                {
                    buckets.Add(native, bucket = []);
                }

                bucket.Add(i);
            }
        }

        return buckets.TryGetValue(nativeHeads, out var exact) ? exact
            : buckets.Where(bucket => bucket.Key <= nativeHeads).Select(bucket => bucket.Value).LastOrDefault() ?? buckets.Values.FirstOrDefault() ?? [];
    }

    private GridTable Grid(Operation operation, Func<GridTable> make)
    {
        var key = operation with { Name = "", Scale = 1 };
        if (!_grids.TryGetValue(key, out var grid))
        {
            _grids.Add(key, grid = make());
        }

        return !grid.IsEmpty ? grid : throw new NoPerformanceDataException($"{grid.Name} has no slice for {operation}.");
    }

    private async Task LoadAsync(string table, string[] texts, string[] integers, CancellationToken cancellationToken) => _rows.Add(
        table, await database.LoadAsync(new TableQuery(table, texts, [.. integers.Select(name => new IntegerColumn(name))], []), cancellationToken).ConfigureAwait(false));

    private static Leaf Leaf(TableRows rows, int i) => Oracle.Leaf.FromRow(rows.LatencyMs[i], rows.PowerWatts[i]);
}
