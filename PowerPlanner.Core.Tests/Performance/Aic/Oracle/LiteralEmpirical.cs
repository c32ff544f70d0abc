using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>The empirical estimates of chapter 11 as its text has them, with no regard for speed: one layer of an operation, ms.</summary>
internal sealed class LiteralEmpirical(AicDatabase database, LiteralRows rows)
{
    private static readonly GemmQuantization[] GemmModes =
    [
        GemmQuantization.BFloat16, GemmQuantization.Int8WeightOnly, GemmQuantization.Int4WeightOnly, GemmQuantization.Fp8, GemmQuantization.Fp8Static, GemmQuantization.Fp8Block,
        GemmQuantization.Fp8Ootb, GemmQuantization.SmoothQuant, GemmQuantization.NvFp4, GemmQuantization.NvFp4WeightOnly, GemmQuantization.W4A16NvFp4,
    ];

    private static readonly MoeQuantization[] MoeModes =
    [
        MoeQuantization.BFloat16, MoeQuantization.Fp8, MoeQuantization.Int4WeightOnly, MoeQuantization.Fp8Block, MoeQuantization.W4AFp8, MoeQuantization.NvFp4,
        MoeQuantization.NvFp4WeightOnly, MoeQuantization.W4A16NvFp4, MoeQuantization.W4A16MxFp4, MoeQuantization.W4A16MxFp4Cutlass, MoeQuantization.W4A8MxFp4MxFp8,
        MoeQuantization.W4A8MxFp4MxFp8TensorRtLlm,
    ];

    private readonly AicSystem _system = database.System;
    private readonly SpeedOfLight _light = new(database.System);
    private readonly Dictionary<object, (LiteralSamples Samples, double Scale)> _kept = [];

    public double Gemm(GemmQuantization asked, long m, long n, long k)
    {
        var light = _light.Gemm(asked, m, n, k);
        return Estimate(("gemm", asked.Name), light, [m, n, k], () =>
        {
            var own = GemmSamples(asked, asked);
            if (!own.IsEmpty)
            {
                return (own, 1);
            }

            foreach (var other in GemmModes.Where(other => (other.BytesPerElement, other.RelativeCompute) == (asked.BytesPerElement, asked.RelativeCompute)))
            {
                var samples = GemmSamples(other, asked);
                if (!samples.IsEmpty)
                {
                    return (samples, 1);
                }
            }

            foreach (var other in GemmModes
                .Where(other => (other.BytesPerElement, other.RelativeCompute) != (asked.BytesPerElement, asked.RelativeCompute) && _system.TensorCoreFlops.ContainsKey(other.Format))
                .OrderBy(other => Math.Abs(other.RelativeCompute - asked.RelativeCompute)).ThenBy(other => Math.Abs(other.BytesPerElement - asked.BytesPerElement)))
            {
                var samples = GemmSamples(other, other);
                if (!samples.IsEmpty)
                {
                    return (samples, GemmLevel(asked) / GemmLevel(other));
                }
            }

            return (own, 1);
        });
    }

    /// <summary>The nearest single point, not clamped, in the ratio of the matrices.</summary>
    public double ComputeScale(GemmQuantization quantization, long m, long k)
    {
        var table = rows["computescale_perf"];
        var points = new List<(double M, double K, double LatencyMs)>();
        for (var i = 0; i < table.Count; i++)
        {
            if (table.Text("quant_dtype")[i] == quantization.TableLabel)
            {
                points.Add((table.Integers("m")[i], table.Integers("k")[i], table.LatencyMs[i]));
            }
        }

        if (points.Count == 0)
        {
            throw new NoPerformanceDataException("Empirical not implemented: no compute scales.");
        }

        var (lowM, lowK) = (points.Min(point => Math.Log(point.M)), points.Min(point => Math.Log(point.K)));
        var (spanM, spanK) = (Span(points.Max(point => Math.Log(point.M)) - lowM), Span(points.Max(point => Math.Log(point.K)) - lowK));
        var nearest = points.Distinct().OrderBy(point => point.M).ThenBy(point => point.K).MinBy(point => Math.Sqrt(
            Square(((Math.Log(m) - lowM) / spanM) - ((Math.Log(point.M) - lowM) / spanM)) + Square(((Math.Log(k) - lowK) / spanK) - ((Math.Log(point.K) - lowK) / spanK))));
        return nearest.LatencyMs * _light.ComputeScale(m, k) / _light.ComputeScale(nearest.M, nearest.K);
    }

    public double ScaleMatrix(GemmQuantization quantization, long m, long k) =>
        Estimate(("scale", quantization.TableLabel), _light.ScaleMatrix(m, k), [m, k], () =>
        {
            var table = rows["scale_matrix_perf"];
            var samples = new LiteralSamples();
            foreach (var i in Ascending(Enumerable.Range(0, table.Count).Where(i => table.Text("quant_dtype")[i] == quantization.TableLabel), i => (table.Integers("m")[i], table.Integers("k")[i])))
            {
                var (pointM, pointK) = (table.Integers("m")[i], table.Integers("k")[i]);
                samples.Add(table.LatencyMs[i], _light.ScaleMatrix(pointM, pointK), pointM, pointK);
            }

            return (samples, 1);
        });

    /// <summary>Without the fused extras.</summary>
    public double ContextAttention(ContextAttentionOperation operation, double batch, double s, double prefix)
    {
        var kvKey = KvKey(operation.Heads, operation.KvHeads);
        var light = _light.ContextAttention(
            operation.Attention, operation.KvCache, kvKey, operation.HeadSize, operation.Window, operation.Heads, s, prefix, batch);
        return Estimate(operation with { Name = "", Scale = 1 }, light, [operation.Heads, s + prefix, batch], () =>
            Attention("context_attention_perf", operation.HeadSize, operation.Window, kvKey,
                (table, i) => table.Text("attn_dtype")[i] == operation.Attention.Name && table.Text("kv_cache_dtype")[i] == operation.KvCache.Name,
                Samples,
                head => Ratio(operation.HeadSize) / Ratio(head)));

        LiteralSamples Samples(TableRows table, IEnumerable<int> slice, int headSize, int window)
        {
            var samples = new LiteralSamples();
            foreach (var i in Ascending(slice, i => (table.Integers("num_heads")[i], table.Integers("isl")[i], table.Integers("batch_size")[i])))
            {
                double[] point = [table.Integers("num_heads")[i], table.Integers("isl")[i], table.Integers("batch_size")[i]];
                samples.Add(
                    table.LatencyMs[i], _light.ContextAttention(operation.Attention, operation.KvCache, kvKey, headSize, window, point[0], point[1], point[2]), point);
            }

            return samples;
        }
    }

    /// <summary>A single sample.</summary>
    public double GenerationAttention(GenerationAttentionOperation operation, double batch, double s)
    {
        var kvKey = KvKey(operation.Heads, operation.KvHeads);
        var light = _light.GenerationAttention(operation.KvCache, kvKey, operation.HeadSize, operation.Window, operation.Heads, batch, s);
        return Estimate(operation with { Name = "", Scale = 1 }, light, [operation.Heads, batch, s], () =>
            Attention("generation_attention_perf", operation.HeadSize, operation.Window, kvKey,
                (table, i) => table.Text("kv_cache_dtype")[i] == operation.KvCache.Name, Samples, _ => 1));

        LiteralSamples Samples(TableRows table, IEnumerable<int> slice, int headSize, int window)
        {
            var samples = new LiteralSamples();
            foreach (var i in Ascending(slice, i => (table.Integers("num_heads")[i], table.Integers("batch_size")[i], table.Integers("isl")[i] + table.Integers("step")[i])))
            {
                double[] point = [table.Integers("num_heads")[i], table.Integers("batch_size")[i], table.Integers("isl")[i] + table.Integers("step")[i]];
                var bound = _light.GenerationAttention(operation.KvCache, kvKey, headSize, window, point[0], point[1], point[2]);
                samples.Add(Math.Max(table.LatencyMs[i], bound), bound, point);
            }

            return samples;
        }
    }

    public double AllReduce(int gpus, double size)
    {
        var measured = Math.Min(gpus, _system.GpusPerNode);
        return Estimate(("ar", measured), _light.CustomAllReduce(size, gpus), [size], () =>
        {
            var table = rows["custom_allreduce_perf"];
            var samples = new LiteralSamples();
            foreach (var i in Claimed(table, i => table.Integers("num_gpus")[i] == measured, i => table.Integers("message_size")[i]))
            {
                samples.Add(table.LatencyMs[i], _light.CustomAllReduce(table.Integers("message_size")[i], measured), table.Integers("message_size")[i]);
            }

            return (samples, 1);
        });
    }

    public double Nccl(string collective, CommunicationQuantization communication, int gpus, double size)
    {
        var light = _light.Nccl(collective, communication, size, gpus);
        return Estimate(("nccl", collective, communication.Name, gpus), light, [size], () =>
        {
            foreach (var name in new[] { "nccl_perf", "oneccl_perf" })
            {
                var table = rows[name];
                var slice = Enumerable.Range(0, table.Count).Where(i => table.Text("nccl_dtype")[i] == communication.Name && table.Text("op_name")[i] == collective).ToList();
                if (slice.Count == 0)
                {
                    continue;
                }

                var measured = (int)Math.Min(gpus, slice.Max(i => table.Integers("num_gpus")[i]));
                var samples = new LiteralSamples();
                foreach (var i in Claimed(slice.Where(i => table.Integers("num_gpus")[i] == measured), i => table.Integers("message_size")[i]))
                {
                    samples.Add(table.LatencyMs[i], _light.Nccl(collective, communication, table.Integers("message_size")[i], measured), table.Integers("message_size")[i]);
                }

                return (samples, 1);
            }

            return (new LiteralSamples(), 1);
        });
    }

    public double Moe(MoeOperation operation, double tokens) => Estimate(
        operation with { Name = "", Scale = 1 }, _light.Moe(operation, tokens), [tokens], () =>
        {
            var own = Shapes(operation);
            if (own.TryGetValue(Shape(operation), out var measured))
            {
                return (MoeSamples(measured, operation), 1);
            }

            if (own.Count > 0)
            {
                var nearest = Nearest([.. own.Keys], Shape(operation));
                return (MoeSamples(own[nearest], InShape(operation, nearest)), 1);
            }

            foreach (var other in MoeModes.Where(other => other != operation.Quantization && Difference(other) == 0))
            {
                if (Shapes(operation with { Quantization = other }).TryGetValue(Shape(operation), out measured))
                {
                    return (MoeSamples(measured, operation), 1);
                }
            }

            foreach (var other in MoeModes.Where(other => Difference(other) > 0 && _system.TensorCoreFlops.ContainsKey(other.Format)).OrderBy(Difference))
            {
                var reference = operation with { Quantization = other };
                if (Shapes(reference).TryGetValue(Shape(operation), out measured))
                {
                    return (MoeSamples(measured, reference), MoeLevel(operation.Quantization) / MoeLevel(other));
                }
            }

            return (new LiteralSamples(), 1);

            double Difference(MoeQuantization other) =>
                Math.Abs(other.RelativeCompute - operation.Quantization.RelativeCompute) + Math.Abs(other.BytesPerElement - operation.Quantization.BytesPerElement);
        });

    /// <summary>Kernel or module; the grid has the axes heads, sequence, batch.</summary>
    public double ContextMla(
        object key, string table, Func<TableRows, List<int>> select, AttentionQuantization attention, KvCacheQuantization kvCache, int heads, double batch, double s, double prefix) =>
        Estimate(key, _light.ContextMla(attention, kvCache, heads, s, prefix, batch), [heads, s + prefix, batch], () =>
        {
            var found = rows[table];
            var samples = new LiteralSamples();
            foreach (var i in Ascending(select(found), i => (found.Integers("num_heads")[i], found.Integers("isl")[i], found.Integers("batch_size")[i])))
            {
                double[] point = [found.Integers("num_heads")[i], found.Integers("isl")[i], found.Integers("batch_size")[i]];
                samples.Add(found.LatencyMs[i], _light.ContextMla(attention, kvCache, point[0], point[1], point[2]), point);
            }

            return (samples, 1);
        });

    /// <summary>Kernel or module; the grid has the axes heads, batch, sequence.</summary>
    public double GenerationMla(object key, string table, Func<TableRows, List<int>> select, Func<double, double, double, double> light, int heads, double batch, double s) =>
        Estimate(key, light(heads, batch, s), [heads, batch, s], () =>
        {
            var found = rows[table];
            var samples = new LiteralSamples();
            foreach (var i in Ascending(select(found), i => (found.Integers("num_heads")[i], found.Integers("batch_size")[i], found.Integers("isl")[i] + found.Integers("step")[i])))
            {
                double[] point = [found.Integers("num_heads")[i], found.Integers("batch_size")[i], found.Integers("isl")[i] + found.Integers("step")[i]];
                samples.Add(found.LatencyMs[i], light(point[0], point[1], point[2]), point);
            }

            return (samples, 1);
        });

    /// <summary>Heads without a curve take that of the next power of two.</summary>
    public double MlaBmm(MlaBmmOperation operation, double tokens) => Estimate(
        operation with { Name = "", Scale = 1 }, _light.MlaBmm(operation.Quantization, tokens, operation.Heads), [tokens], () =>
        {
            var table = rows["mla_bmm_perf"];
            var samples = new LiteralSamples();
            if (table.Count == 0)
            {
                return (samples, 1);
            }

            var dtype = table.Text("bmm_dtype").Contains(operation.Quantization.Name) ? operation.Quantization.Name : "bfloat16";
            var name = operation.Stage == MlaBmmStage.Pre ? "mla_gen_pre" : "mla_gen_post";
            var power = 1;
            while (power < operation.Heads)
            {
                power *= 2;
            }

            foreach (var heads in new[] { operation.Heads, power })
            {
                var slice = Enumerable.Range(0, table.Count)
                    .Where(i => table.Text("bmm_dtype")[i] == dtype && table.Text("op_name")[i] == name && table.Integers("num_heads")[i] == heads).ToList();
                foreach (var i in Claimed(slice, i => table.Integers("num_tokens")[i]))
                {
                    samples.Add(table.LatencyMs[i], _light.MlaBmm(operation.Quantization, table.Integers("num_tokens")[i], heads), table.Integers("num_tokens")[i]);
                }

                if (slice.Count > 0)
                {
                    break;
                }
            }

            return (samples, 1);
        });

    /// <summary>5.</summary>
    private double Estimate(object key, double light, double[] query, Func<(LiteralSamples Samples, double Scale)> samples)
    {
        if (!_kept.TryGetValue(key, out var kept))
        {
            _kept.Add(key, kept = samples());
        }

        return light / (kept.Samples.Utilization(query) * kept.Scale);
    }

    private LiteralSamples GemmSamples(GemmQuantization format, GemmQuantization light)
    {
        var table = rows["gemm_perf"];
        var (labels, ms, ns, ks) = (table.Text("gemm_dtype"), table.Integers("m"), table.Integers("n"), table.Integers("k"));
        var clamps = _system.TensorCoreFlops.ContainsKey(format.Format);
        var samples = new LiteralSamples();
        var walk = Enumerable.Range(0, table.Count).Where(i => labels[i] == format.TableLabel).GroupBy(i => ms[i]).SelectMany(ofM => ofM.GroupBy(i => ns[i]).SelectMany(ofN => ofN));
        foreach (var i in Claimed(walk, i => (ms[i], ns[i], ks[i])))
        {
            var latency = clamps ? Math.Max(table.LatencyMs[i], _light.Gemm(format, ms[i], ns[i], ks[i])) : table.LatencyMs[i];
            samples.Add(latency, _light.Gemm(light, ms[i], ns[i], ks[i]), ms[i], ns[i], ks[i]);
        }

        return samples;
    }

    private (LiteralSamples Samples, double Scale) Attention(
        string name, int headSize, int window, int kvKey, Func<TableRows, int, bool> isSlice, Func<TableRows, IEnumerable<int>, int, int, LiteralSamples> samples, Func<int, double> scale)
    {
        var table = rows[name];
        var slice = Enumerable.Range(0, table.Count)
            .Where(i => isSlice(table, i) && KvKey(table.Integers("num_heads")[i], table.Integers("num_key_value_heads")[i]) == kvKey).ToList();
        var own = samples(table, slice.Where(i => Head(i) == headSize && Window(i) == window), headSize, window);
        if (!own.IsEmpty)
        {
            return (own, 1);
        }

        foreach (var other in window > 0 ? new[] { window, 0 } : [0])
        {
            var heads = slice.Where(i => Window(i) == other).Select(Head).Distinct().ToList();
            if (heads.Count > 0)
            {
                var head = heads.Contains(128) ? 128 : heads.MinBy(size => Math.Abs(Math.Log(size) - Math.Log(headSize)));
                return (samples(table, slice.Where(i => Head(i) == head && Window(i) == other), head, other), scale(head));
            }
        }

        return (own, 1);

        int Head(int i) => (int)table.Integers("head_dim")[i];

        int Window(int i) => (int)table.Integers("window_size")[i];
    }

    private Dictionary<(long, long, long, long), List<int>> Shapes(MoeOperation operation)
    {
        var table = rows["moe_perf"];
        var (dtypes, distributions, tps, eps) = (table.Text("moe_dtype"), table.Text("distribution"), table.Integers("moe_tp_size"), table.Integers("moe_ep_size"));
        var ofFormat = Enumerable.Range(0, table.Count).Where(i => dtypes[i] == operation.Quantization.Name).ToList();
        var distribution = ofFormat.Exists(i => distributions[i] == operation.Distribution) ? operation.Distribution : "uniform";
        return ofFormat
            .Where(i => distributions[i] == distribution && tps[i] == operation.MoeTensorParallel && eps[i] == operation.MoeExpertParallel)
            .GroupBy(i => (table.Integers("topk")[i], table.Integers("num_experts")[i], table.Integers("hidden_size")[i], table.Integers("inter_size")[i]))
            .ToDictionary(group => group.Key, group => group.ToList());
    }

    private LiteralSamples MoeSamples(List<int> measured, MoeOperation lit)
    {
        var table = rows["moe_perf"];
        var samples = new LiteralSamples();
        foreach (var i in Claimed(measured, i => table.Integers("num_tokens")[i]))
        {
            samples.Add(table.LatencyMs[i], _light.Moe(lit, table.Integers("num_tokens")[i]), table.Integers("num_tokens")[i]);
        }

        return samples;
    }

    private static (long, long, long, long) Shape(MoeOperation operation) => (operation.ExpertsPerToken, operation.Experts, operation.HiddenSize, operation.IntermediateSize);

    private static MoeOperation InShape(MoeOperation operation, (long TopK, long Experts, long Hidden, long Inter) shape) => operation with
    {
        ExpertsPerToken = (int)shape.TopK,
        Experts = (int)shape.Experts,
        HiddenSize = shape.Hidden,
        IntermediateSize = shape.Inter,
    };

    private static (long, long, long, long) Nearest(List<(long, long, long, long)> shapes, (long, long, long, long) asked)
    {
        var points = shapes.ConvertAll(Logarithms);
        var query = Logarithms(asked);
        var least = Enumerable.Range(0, 4).Select(axis => points.Min(point => point[axis])).ToArray();
        var span = Enumerable.Range(0, 4).Select(axis => Span(points.Max(point => point[axis]) - least[axis])).ToArray();
        return shapes.Zip(points).MinBy(pair => Enumerable.Range(0, 4).Sum(axis =>
            Square(((pair.Second[axis] - least[axis]) / span[axis]) - Math.Clamp((query[axis] - least[axis]) / span[axis], 0, 1)))).First;

        static double[] Logarithms((long TopK, long Experts, long Hidden, long Inter) shape) =>
            [Math.Log(shape.TopK), Math.Log(shape.Experts), Math.Log(shape.Hidden), Math.Log(shape.Inter)];
    }

    private static IEnumerable<int> Claimed<TKey>(TableRows table, Func<int, bool> isSlice, Func<int, TKey> key) =>
        Claimed(Enumerable.Range(0, table.Count).Where(isSlice), key);

    /// <summary>The first row to claim a key wins.</summary>
    private static IEnumerable<int> Claimed<TKey>(IEnumerable<int> slice, Func<int, TKey> key) => slice.DistinctBy(key);

    /// <summary>Table order of a grid or curve: ascending by key path, as 2.3 has its leaves. (That of products is the walk of 2.5.)</summary>
    private static IEnumerable<int> Ascending<TKey>(IEnumerable<int> slice, Func<int, TKey> key) => slice.DistinctBy(key).OrderBy(key);

    private double Ratio(int headSize)
    {
        double[] ratios = database.Backend switch
        {
            AicBackend.TensorRtLlm => [.58, 1, 1.10, 1.17, 1.20],
            AicBackend.Sglang => [.60, 1, 1.18, 1.32, 1.38],
            _ => [.60, 1, 1.27, 1.51, 1.60],
        };
        double[] sizes = [64, 128, 192, 256, 512];
        var upper = Array.FindIndex(sizes, size => size >= headSize);
        return upper == 0 ? ratios[0]
            : upper < 0 ? ratios[^1]
            : ratios[upper - 1] + ((ratios[upper] - ratios[upper - 1]) * (Math.Log2(headSize) - Math.Log2(sizes[upper - 1])) / (Math.Log2(sizes[upper]) - Math.Log2(sizes[upper - 1])));
    }

    private static double GemmLevel(GemmQuantization quantization) => Level(
        quantization.BytesPerElement, quantization.RelativeCompute,
        [(2, 1, .70), (1, 1, .55), (.5625, 1, .45), (.5, 1, .45), (1, 2, .45), (.5, 2, .35), (1, 4, .30), (.5, 4, .30), (.5625, 4, .30)], others: .45);

    private static double MoeLevel(MoeQuantization quantization) => Level(
        quantization.BytesPerElement, quantization.RelativeCompute,
        [(2, 1, .53), (1, 1, .45), (.5625, 1, .07), (.5, 1, .07), (1, 2, .40), (.5, 2, .15), (1, 4, .30), (.5, 4, .23), (.5625, 4, .23)], others: .30);

    private static double Level(double memory, double compute, (double Memory, double Compute, double Level)[] levels, double others) =>
        levels.Where(level => level.Memory == memory && level.Compute == compute).Select(level => (double?)level.Level).FirstOrDefault() ?? others;

    private static double Span(double span) => span > 0 ? span : 1;

    private static double Square(double value) => value * value;

    private static int KvKey(long heads, long kvHeads) => heads == kvHeads ? 0 : checked((int)kvHeads);
}
