using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Rows of a table of attention modules, in buckets by the heads of the model that was measured (specification 4.8).</summary>
internal sealed class MlaModuleRows
{
    private const string Model = "model";
    private const string CacheFormat = "kv_cache_dtype";
    private const string ProductFormat = "gemm_type";
    private const string AttentionFormat = "mla_dtype";

    private readonly TableRows _rows;
    private readonly long[] _native;
    private readonly bool _byAttention;

    private MlaModuleRows(TableRows rows, long[] native, bool byAttention, string? problem)
    {
        _rows = rows;
        _native = native;
        _byAttention = byAttention;
        Problem = problem;
    }

    /// <summary>Why the table cannot be used; null where it can. AIC refuses to load it, and uses what stands in for modules.</summary>
    public string? Problem { get; }

    /// <summary>Heads of the models that AIC measured, by the name that the table has.</summary>
    private static int? NativeHeads(string model) => model switch
    {
        "deepseek-ai/DeepSeek-V3" or "deepseek-ai/DeepSeek-R1" or "nvidia/DeepSeek-V3.1-NVFP4" => 128,
        _ => null,
    };

    /// <param name="byAttention">Whether the format of attention is part of the key.</param>
    /// <param name="coordinates">Columns of the grid after the heads.</param>
    public static async ValueTask<MlaModuleRows> LoadAsync(
        string table, bool byAttention, IReadOnlyList<string> coordinates, CompileScope scope, CancellationToken cancellationToken)
    {
        string[] texts = byAttention ? [Model, CacheFormat, ProductFormat, AttentionFormat] : [Model, CacheFormat, ProductFormat];
        var rows = await scope.Tables.LoadAsync(
            new TableQuery(
                table,
                texts,
                [new("num_heads", Least: 1), new("tp_size", Least: 1), .. coordinates.Select(name => new IntegerColumn(name, Least: name == "step" ? 0 : 1))],
                []),
            cancellationToken).ConfigureAwait(false);
        if (rows.Count == 0)
        {
            return new MlaModuleRows(rows, [], byAttention, $"{table} has no rows.");
        }

        var (models, heads, ranks) = (rows.Text(Model), rows.Integers("num_heads"), rows.Integers("tp_size"));
        var native = new long[rows.Count];
        for (var i = 0; i < native.Length; i++)
        {
            if (NativeHeads(models[i]) is not { } known)
            {
                return new MlaModuleRows(rows, [], byAttention, $"{table} has rows of '{models[i]}', whose heads are not known.");
            }

            if (ranks[i] > 1 && heads[i] * ranks[i] != known)
            {
                return new MlaModuleRows(rows, [], byAttention, $"{table} has a row of '{models[i]}' with {heads[i]} heads on {ranks[i]} ranks; the model has {known}.");
            }

            native[i] = known;
        }

        return new MlaModuleRows(rows, native, byAttention, null);
    }

    /// <summary>Indices of the rows that a query uses, in their order: of one combination of formats, and of one bucket.</summary>
    /// <param name="attention">Format of attention; ignored where it is no part of the key.</param>
    public List<int> Select(string cache, string product, string attention, int nativeHeads)
    {
        var selected = new List<int>();
        if (Problem is not null)
        {
            return selected;
        }

        var (caches, products) = (_rows.Text(CacheFormat), _rows.Text(ProductFormat));
        var attentions = _byAttention ? _rows.Text(AttentionFormat) : [];
        for (var i = 0; i < caches.Length; i++)
        {
            if (caches[i] == cache && products[i] == product && (!_byAttention || attentions[i] == attention))
            {
                selected.Add(i);
            }
        }

        var bucket = Bucket([.. selected.Select(row => _native[row]).Distinct().Order()], nativeHeads);
        selected.RemoveAll(row => _native[row] != bucket);
        return selected;
    }

    public long[] Integers(string column) => _rows.Integers(column);

    public Interpolation.Leaf Leaf(int row) => Interpolation.Leaf.Measured(_rows.LatencyMs[row], _rows.PowerWatts[row]);

    /// <summary>The asked one, else the largest below it, else the smallest.</summary>
    public static long Bucket(long[] buckets, long asked)
    {
        var found = buckets.Length > 0 ? buckets[0] : 0;
        foreach (var bucket in buckets)
        {
            found = bucket <= asked ? bucket : found;
        }

        return found;
    }
}
