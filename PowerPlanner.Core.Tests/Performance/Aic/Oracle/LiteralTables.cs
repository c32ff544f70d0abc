using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>
/// The tables of one database as the resolvers want them, slice by slice, by the loading rules of specification 1.6 (which rows count
/// is the reader's part). Slices are read when an operation first needs them and kept for further engines on the same database.
/// </summary>
internal sealed class LiteralTables(AicDatabase database)
{
    private const string MoeTable = "moe_perf";
    private const string LowLatencyMoeTable = "moe_perf/low_latency";

    private readonly SpeedOfLight _light = new(database.System);
    private readonly Dictionary<string, SiteTable> _gemm = [];
    private readonly Dictionary<string, GridTable> _computeScale = [];
    private readonly Dictionary<string, GridTable> _scaleMatrix = [];
    private readonly Dictionary<ContextSlice, Dictionary<int, GridTable>> _contextAttention = [];
    private readonly Dictionary<GenerationSlice, Dictionary<int, GridTable>> _generationAttention = [];
    private readonly Dictionary<(string Table, string Format), Dictionary<string, Dictionary<ExpertShape, List<(long Tokens, Leaf Leaf)>>>> _moe = [];
    private LiteralMlaTables? _mla;
    private LiteralEmpirical? _empirical;
    private Dictionary<int, CurveTable>? _allReduce;
    private Dictionary<CollectiveSlice, CurveTable>? _nccl;
    private Dictionary<CollectiveSlice, CurveTable>? _oneCcl;

    public AicDatabase Database => database;

    public AicSystem System => database.System;

    public SpeedOfLight Light => _light;

    public LiteralMlaTables Mla => _mla ??= new LiteralMlaTables(database, _light);

    /// <summary>The estimates of chapter 11 from the same tables.</summary>
    public async Task<LiteralEmpirical> EmpiricalAsync(CancellationToken cancellationToken) =>
        _empirical ??= new LiteralEmpirical(database, await LiteralRows.LoadAsync(database, cancellationToken).ConfigureAwait(false));

    /// <summary>Reads what an operation will ask for, if that is not there yet.</summary>
    public async Task LoadForAsync(Operation operation, CancellationToken cancellationToken = default)
    {
        switch (operation)
        {
            case GemmOperation gemm:
                await LoadGemmAsync(gemm.Quantization, cancellationToken).ConfigureAwait(false);
                break;
            case ContextAttentionOperation attention:
                await LoadContextAttentionAsync(ContextSlice.Of(attention), cancellationToken).ConfigureAwait(false);
                break;
            case GenerationAttentionOperation attention:
                await LoadGenerationAttentionAsync(GenerationSlice.Of(attention), cancellationToken).ConfigureAwait(false);
                break;
            case AllReduceOperation:
                _allReduce ??= await LoadAllReduceAsync(cancellationToken).ConfigureAwait(false);
                await LoadCollectivesAsync(cancellationToken).ConfigureAwait(false);
                break;
            case ContextMlaOperation or GenerationMlaOperation or MlaContextModuleOperation or MlaGenerationModuleOperation or MlaBmmOperation:
                await Mla.LoadAsync(cancellationToken).ConfigureAwait(false);
                break;
            case FallbackOperation fallback:
                foreach (var part in fallback.Parts.Prepend(fallback.Primary))
                {
                    await LoadForAsync(part, cancellationToken).ConfigureAwait(false);
                }

                break;
            case OverlapOperation overlap:
                foreach (var part in overlap.First.Concat(overlap.Second))
                {
                    await LoadForAsync(part, cancellationToken).ConfigureAwait(false);
                }

                break;
            case MoeOperation experts:
                await LoadMoeAsync(MoeTable, experts.Quantization, cancellationToken).ConfigureAwait(false);
                await LoadMoeAsync(LowLatencyMoeTable, experts.Quantization, cancellationToken).ConfigureAwait(false);
                break;
            case MoeDispatchOperation:
                _allReduce ??= await LoadAllReduceAsync(cancellationToken).ConfigureAwait(false);
                await LoadCollectivesAsync(cancellationToken).ConfigureAwait(false);
                break;
            case NcclOperation:
                await LoadCollectivesAsync(cancellationToken).ConfigureAwait(false);
                break;
            case ElementwiseOperation or EmbeddingOperation or PointToPointOperation:
                break;
            default:
                throw new NotSupportedException($"The literal interpreter knows no operation of type {operation.GetType().Name}.");
        }
    }

    public SiteTable Gemm(GemmQuantization quantization) => _gemm[quantization.TableLabel];

    public GridTable ComputeScale(GemmQuantization quantization) => _computeScale[quantization.TableLabel];

    public GridTable ScaleMatrix(GemmQuantization quantization) => _scaleMatrix[quantization.TableLabel];

    public GridTable ContextAttention(ContextAttentionOperation operation) =>
        _contextAttention[ContextSlice.Of(operation)].TryGetValue(KvKey(operation.Heads, operation.KvHeads), out var grid)
            ? grid
            : throw new NoPerformanceDataException($"context_attention_perf has no slice for {ContextSlice.Of(operation)} with {operation.Heads} heads and {operation.KvHeads} KV heads.");

    public GridTable GenerationAttention(GenerationAttentionOperation operation) =>
        _generationAttention[GenerationSlice.Of(operation)].TryGetValue(KvKey(operation.Heads, operation.KvHeads), out var grid)
            ? grid
            : throw new NoPerformanceDataException($"generation_attention_perf has no slice for {GenerationSlice.Of(operation)} with {operation.Heads} heads and {operation.KvHeads} KV heads.");

    public CurveTable AllReduce(int gpus) => _allReduce!.TryGetValue(gpus, out var curve)
        ? curve
        : throw new NoPerformanceDataException($"custom_allreduce_perf has no curve for {gpus} GPUs.");

    /// <summary>The curve of the largest measured group up to the asked one, and the size of that group.</summary>
    public (CurveTable Curve, int Gpus) Collective(CommunicationQuantization communication, string collective, int gpus)
    {
        foreach (var table in new[] { _nccl!, _oneCcl! })
        {
            var measured = table.Keys.Where(slice => slice.Type == communication.Name && slice.Collective == collective).Select(slice => slice.Gpus).ToList();
            if (measured.Count == 0)
            {
                continue;
            }

            var effective = Math.Min(gpus, measured.Max());
            return table.TryGetValue(new CollectiveSlice(communication.Name, collective, effective), out var curve)
                ? (curve, effective)
                : throw new NoPerformanceDataException($"The collectives' table has no {communication.Name} {collective} curve for {effective} GPUs.");
        }

        throw new NoPerformanceDataException($"The collectives' tables have no {communication.Name} {collective} curve.");
    }

    /// <summary>4.6: distribution, then shape; all of it exact. The uniform distribution stands in where the format has no rows of the asked one.</summary>
    public CurveTable Moe(MoeOperation operation, bool lowLatency)
    {
        var table = lowLatency ? LowLatencyMoeTable : MoeTable;
        var distributions = _moe[(table, operation.Quantization.Name)];
        var distribution = distributions.ContainsKey(operation.Distribution) ? operation.Distribution : "uniform";
        if (!distributions.TryGetValue(distribution, out var shapes) || !shapes.TryGetValue(ExpertShape.Of(operation), out var points))
        {
            throw new NoPerformanceDataException($"{table} has no {operation.Quantization.Name} rows, {distribution}, for {ExpertShape.Of(operation)}.");
        }

        var curve = new CurveTable($"{table} ({operation.Quantization.Name}, {distribution}, {ExpertShape.Of(operation)})", tokens => _light.Moe(operation, tokens), holdsSinglePointBelow: false);
        foreach (var (tokens, leaf) in points)
        {
            curve.Add(tokens, leaf);
        }

        return curve;
    }

    private async Task LoadMoeAsync(string table, MoeQuantization quantization, CancellationToken cancellationToken)
    {
        if (_moe.ContainsKey((table, quantization.Name)))
        {
            return;
        }

        string[] keys = ["topk", "num_experts", "hidden_size", "inter_size", "moe_tp_size", "moe_ep_size", "num_tokens"];
        var rows = await database.LoadAsync(
            new TableQuery(table, ["distribution"], [.. keys.Select(key => new IntegerColumn(key))], [new("moe_dtype", [quantization.Name])]), cancellationToken).ConfigureAwait(false);
        var distributions = new Dictionary<string, Dictionary<ExpertShape, List<(long Tokens, Leaf Leaf)>>>();
        _moe.Add((table, quantization.Name), distributions);
        if (rows.Count == 0)
        {
            return;
        }

        var names = rows.Text("distribution");
        long[][] columns = [.. keys.Select(rows.Integers)];
        for (var i = 0; i < rows.Count; i++)
        {
            if (!distributions.TryGetValue(names[i], out var shapes))
            {
                distributions.Add(names[i], shapes = []);
            }

            var shape = new ExpertShape(columns[0][i], columns[1][i], columns[2][i], columns[3][i], columns[4][i], columns[5][i]);
            if (!shapes.TryGetValue(shape, out var points))
            {
                shapes.Add(shape, points = []);
            }

            points.Add((columns[6][i], Leaf.FromRow(rows.LatencyMs[i], rows.PowerWatts[i])));
        }
    }

    private async Task LoadGemmAsync(GemmQuantization quantization, CancellationToken cancellationToken)
    {
        if (!_gemm.ContainsKey(quantization.TableLabel))
        {
            var rows = await database.LoadAsync(
                new TableQuery("gemm_perf", [], [new("m"), new("n"), new("k")], [new("gemm_dtype", [quantization.TableLabel])]), cancellationToken).ConfigureAwait(false);
            var (ms, ns, ks) = (rows.Integers("m"), rows.Integers("n"), rows.Integers("k"));
            var clamps = System.TensorCoreFlops.ContainsKey(quantization.Format);
            var table = new SiteTable($"gemm_perf ({quantization.TableLabel})", (m, n, k) => _light.Gemm(quantization, m, n, k));
            for (var i = 0; i < rows.Count; i++)
            {
                var leaf = Leaf.FromRow(rows.LatencyMs[i], rows.PowerWatts[i]);
                table.Add(ms[i], ns[i], ks[i], clamps ? leaf.NoFasterThan(_light.Gemm(quantization, ms[i], ns[i], ks[i])) : leaf);
            }

            _gemm.Add(quantization.TableLabel, table);
        }

        if (quantization == GemmQuantization.Fp8Static && !_computeScale.ContainsKey(quantization.TableLabel))
        {
            _computeScale.Add(quantization.TableLabel, await LoadScaleAsync("computescale_perf", quantization, _light.ComputeScale, cancellationToken).ConfigureAwait(false));
            _scaleMatrix.Add(quantization.TableLabel, await LoadScaleAsync("scale_matrix_perf", quantization, _light.ScaleMatrix, cancellationToken).ConfigureAwait(false));
        }
    }

    private async Task<GridTable> LoadScaleAsync(
        string name, GemmQuantization quantization, Func<double, double, double> speedOfLight, CancellationToken cancellationToken)
    {
        var rows = await database.LoadAsync(
            new TableQuery(name, [], [new("m"), new("k")], [new("quant_dtype", [quantization.TableLabel])]), cancellationToken).ConfigureAwait(false);
        var (ms, ks) = (rows.Integers("m"), rows.Integers("k"));
        var table = new GridTable($"{name} ({quantization.TableLabel})", 2, c => speedOfLight(c[0], c[1]));
        for (var i = 0; i < rows.Count; i++)
        {
            table.Add(Leaf.FromRow(rows.LatencyMs[i], rows.PowerWatts[i]), ms[i], ks[i]);
        }

        return table;
    }

    private async Task LoadContextAttentionAsync(ContextSlice slice, CancellationToken cancellationToken)
    {
        if (_contextAttention.ContainsKey(slice))
        {
            return;
        }

        var rows = await database.LoadAsync(
            new TableQuery(
                "context_attention_perf",
                [],
                [new("num_heads"), new("num_key_value_heads"), new("isl"), new("batch_size")],
                [
                    new("attn_dtype", [slice.Attention.Name]), new("kv_cache_dtype", [slice.KvCache.Name]),
                    new("head_dim", Integers: [slice.HeadSize]), new("window_size", Integers: [slice.Window], IntegerDefault: 0),
                ]),
            cancellationToken).ConfigureAwait(false);
        var (heads, kvHeads, sequences, batches) = (rows.Integers("num_heads"), rows.Integers("num_key_value_heads"), rows.Integers("isl"), rows.Integers("batch_size"));
        var grids = new Dictionary<int, GridTable>();
        for (var i = 0; i < rows.Count; i++)
        {
            var kvKey = KvKey(heads[i], kvHeads[i]);
            if (!grids.TryGetValue(kvKey, out var grid))
            {
                grids.Add(kvKey, grid = new GridTable(
                    $"context_attention_perf ({slice}, KV heads {kvKey})",
                    3,
                    c => _light.ContextAttention(slice.Attention, slice.KvCache, kvKey, slice.HeadSize, slice.Window, heads: c[0], sequence: c[1], batch: c[2]),
                    squareRootAxis: 1));
            }

            grid.Add(Leaf.FromRow(rows.LatencyMs[i], rows.PowerWatts[i]), heads[i], sequences[i], batches[i]);
        }

        _contextAttention.Add(slice, grids);
    }

    private async Task LoadGenerationAttentionAsync(GenerationSlice slice, CancellationToken cancellationToken)
    {
        if (_generationAttention.ContainsKey(slice))
        {
            return;
        }

        var rows = await database.LoadAsync(
            new TableQuery(
                "generation_attention_perf",
                [],
                [new("num_heads"), new("num_key_value_heads"), new("batch_size"), new("isl"), new("step")],
                [
                    new("kv_cache_dtype", [slice.KvCache.Name]),
                    new("head_dim", Integers: [slice.HeadSize]), new("window_size", Integers: [slice.Window], IntegerDefault: 0),
                ]),
            cancellationToken).ConfigureAwait(false);
        var (heads, kvHeads, batches) = (rows.Integers("num_heads"), rows.Integers("num_key_value_heads"), rows.Integers("batch_size"));
        var (inputs, steps) = (rows.Integers("isl"), rows.Integers("step"));
        var clamps = _light.HasGenerationRate(slice.KvCache);
        var grids = new Dictionary<int, GridTable>();
        for (var i = 0; i < rows.Count; i++)
        {
            var kvKey = KvKey(heads[i], kvHeads[i]);
            if (!grids.TryGetValue(kvKey, out var grid))
            {
                grids.Add(kvKey, grid = new GridTable(
                    $"generation_attention_perf ({slice}, KV heads {kvKey})", 3, c => SpeedOfLight(kvKey, heads: c[0], batch: c[1], sequence: c[2])));
            }

            var sequence = inputs[i] + steps[i];
            var leaf = Leaf.FromRow(rows.LatencyMs[i], rows.PowerWatts[i]);
            grid.Add(clamps ? leaf.NoFasterThan(SpeedOfLight(kvKey, heads[i], batches[i], sequence)) : leaf, heads[i], batches[i], sequence);
        }

        _generationAttention.Add(slice, grids);

        double SpeedOfLight(int kvKey, double heads, double batch, double sequence) =>
            _light.GenerationAttention(slice.KvCache, kvKey, slice.HeadSize, slice.Window, heads, batch, sequence);
    }

    private async Task<Dictionary<int, CurveTable>> LoadAllReduceAsync(CancellationToken cancellationToken)
    {
        var rows = await database.LoadAsync(
            new TableQuery("custom_allreduce_perf", [], [new("num_gpus"), new("message_size")], []), cancellationToken).ConfigureAwait(false);
        var (gpus, sizes) = (rows.Integers("num_gpus"), rows.Integers("message_size"));
        var curves = new Dictionary<int, CurveTable>();
        for (var i = 0; i < rows.Count; i++)
        {
            var group = checked((int)gpus[i]);
            if (!curves.TryGetValue(group, out var curve))
            {
                curves.Add(group, curve = new CurveTable($"custom_allreduce_perf ({group} GPUs)", size => size));
            }

            curve.Add(sizes[i], Leaf.FromRow(rows.LatencyMs[i], rows.PowerWatts[i]));
        }

        return curves;
    }

    private async Task LoadCollectivesAsync(CancellationToken cancellationToken)
    {
        _nccl ??= await LoadCollectivesAsync("nccl_perf", oneCcl: false, cancellationToken).ConfigureAwait(false);
        _oneCcl ??= await LoadCollectivesAsync("oneccl_perf", oneCcl: true, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Dictionary<CollectiveSlice, CurveTable>> LoadCollectivesAsync(string name, bool oneCcl, CancellationToken cancellationToken)
    {
        var rows = await database.LoadCollectivesAsync(
            new TableQuery(name, ["nccl_dtype", "op_name"], [new("num_gpus"), new("message_size")], []), oneCcl, cancellationToken).ConfigureAwait(false);
        var (types, collectives) = (rows.Text("nccl_dtype"), rows.Text("op_name"));
        var (gpus, sizes) = (rows.Integers("num_gpus"), rows.Integers("message_size"));
        var curves = new Dictionary<CollectiveSlice, CurveTable>();
        for (var i = 0; i < rows.Count; i++)
        {
            var slice = new CollectiveSlice(types[i], collectives[i], checked((int)gpus[i]));
            if (!curves.TryGetValue(slice, out var curve))
            {
                curves.Add(slice, curve = new CurveTable($"{name} ({slice})", size => size));
            }

            curve.Add(sizes[i], Leaf.FromRow(rows.LatencyMs[i], rows.PowerWatts[i]));
        }

        return curves;
    }

    /// <summary>KV heads are filed as 0 where they are as many as the query heads, at load as at query.</summary>
    private static int KvKey(long heads, long kvHeads) => heads == kvHeads ? 0 : checked((int)kvHeads);

    private sealed record ContextSlice(AttentionQuantization Attention, KvCacheQuantization KvCache, int HeadSize, int Window)
    {
        public static ContextSlice Of(ContextAttentionOperation operation) => new(operation.Attention, operation.KvCache, operation.HeadSize, operation.Window);

        public override string ToString() => $"attention {Attention.Name}, KV cache {KvCache.Name}, head size {HeadSize}, window {Window}";
    }

    private sealed record GenerationSlice(KvCacheQuantization KvCache, int HeadSize, int Window)
    {
        public static GenerationSlice Of(GenerationAttentionOperation operation) => new(operation.KvCache, operation.HeadSize, operation.Window);

        public override string ToString() => $"KV cache {KvCache.Name}, head size {HeadSize}, window {Window}";
    }

    private sealed record ExpertShape(long ExpertsPerToken, long Experts, long HiddenSize, long IntermediateSize, long TensorParallel, long ExpertParallel)
    {
        public static ExpertShape Of(MoeOperation operation) => new(
            operation.ExpertsPerToken, operation.Experts, operation.HiddenSize, operation.IntermediateSize, operation.MoeTensorParallel, operation.MoeExpertParallel);
    }

    private sealed record CollectiveSlice(string Type, string Collective, int Gpus)
    {
        public override string ToString() => $"{Type} {Collective}, {Gpus} GPUs";
    }
}
