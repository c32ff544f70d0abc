using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Balance;

/// <summary>
/// Compute time over memory time of operations at the speed of light (specification, chapter 3). What only moves bytes has 0; a kind that has no formula here counts as pure
/// compute, the slowest under a cap; NaN where the hardware has no rate for the number format.
/// </summary>
internal sealed class OperationRoofline(AicSystem system)
{
    /// <summary>From this compute capability on attention over an fp8 cache computes in fp8.</summary>
    private const int FirstFp8Capability = 89;

    /// <summary>Elements of compressed attention (specification, chapter 3): a head's key and value, a head over the compressed cache, a token's row in it.</summary>
    private const double MlaHead = 320;
    private const double MlaAbsorbedHead = 1088;
    private const double MlaCacheRow = 576;

    public double Context(Operation? operation, in ContextShape shape) => operation switch
    {
        GemmOperation gemm => Product(gemm, Math.Ceiling((gemm.Basis == TokenBasis.Tokens ? (double)shape.Batch * shape.NewTokens : shape.Batch) / gemm.SequenceSplit)),
        MoeOperation experts => Experts(experts, (double)shape.Batch * shape.NewTokens),
        ContextAttentionOperation attention => Attention(attention, shape),
        ContextMlaOperation attention => Compressed(attention.Heads, attention.Attention, attention.KvCache, shape),
        MlaContextModuleOperation module => Compressed(module.Heads, module.Attention, module.KvCache, shape),
        MlaBmmOperation product => Product(product, (double)shape.Batch * shape.NewTokens),
        FallbackOperation fallback => Context(fallback.Primary, shape),
        OverlapOperation overlap => Largest(overlap, shape),
        _ => Other(operation),
    };

    public double Generation(Operation? operation, in GenerationShape shape) => operation switch
    {
        GemmOperation gemm => Product(gemm, shape.Batch),
        MoeOperation experts => Experts(experts, shape.Batch),
        GenerationAttentionOperation attention => Attention(attention, shape),
        ContextAttentionOperation attention => Attention(attention, new ContextShape(shape.Batch, 1, shape.SequenceLength - 1)),
        GenerationMlaOperation attention => Compressed(attention.Heads, attention.KvCache, product: null, shape),
        MlaGenerationModuleOperation module => Compressed(module.Heads, module.KvCache, module.Gemm, shape),
        MlaBmmOperation product => Product(product, shape.Batch),
        FallbackOperation fallback => Generation(fallback.Primary, shape),
        OverlapOperation overlap => Largest(overlap, shape),
        _ => Other(operation),
    };

    private static double Other(Operation? operation) => operation switch
    {
        ElementwiseOperation or EmbeddingOperation or AllReduceOperation or NcclOperation or PointToPointOperation or MoeDispatchOperation => 0,
        _ => double.PositiveInfinity,
    };

    private double Product(GemmOperation gemm, double rows)
    {
        double n = gemm.N;
        double k = gemm.K;
        return Ratio(2 * rows * n * k, gemm.Quantization.Format, gemm.Quantization.BytesPerElement * ((rows * (n + k)) + (n * k)));
    }

    /// <summary>The integer chain of the specification without its remainders, which matter to a latency and not to a ratio.</summary>
    private double Experts(MoeOperation experts, double tokens)
    {
        var visits = tokens * experts.AttentionDataParallel * experts.ExpertsPerToken / experts.MoeExpertParallel;
        var width = (double)experts.IntermediateSize * experts.Matrices / experts.MoeTensorParallel;
        var elements = (visits * ((experts.HiddenSize * 2) + width))
            + (experts.HiddenSize * width * Math.Min((double)experts.Experts / experts.MoeExpertParallel, visits));
        return Ratio(2 * visits * experts.HiddenSize * width, experts.Quantization.Format, elements * experts.Quantization.BytesPerElement);
    }

    private double Attention(ContextAttentionOperation attention, in ContextShape shape)
    {
        double batch = shape.Batch;
        double fresh = shape.NewTokens;
        double prefix = shape.Prefix;
        double full = shape.FullSequence;
        double width = (double)attention.Heads * attention.HeadSize;
        var pairs = attention.Window > 0 && full > attention.Window ? 2 * (full - prefix) * attention.Window : (full * full) - (prefix * prefix);
        var bytes = (4 * batch * width * fresh) + (attention.KvCache.BytesPerElement * batch * 2 * attention.KvHeads * full * attention.HeadSize);
        return Ratio(2 * batch * pairs * width, attention.Attention.Format, bytes);
    }

    private double Attention(GenerationAttentionOperation attention, in GenerationShape shape)
    {
        double batch = shape.Batch;
        double width = (double)attention.Heads * attention.HeadSize;
        double length = attention.Window > 0 ? Math.Min(shape.SequenceLength - 1, attention.Window) : shape.SequenceLength - 1;
        var format = attention.KvCache == KvCacheQuantization.Fp8 && system.SmVersion >= FirstFp8Capability ? TensorCoreFormat.Fp8 : TensorCoreFormat.BFloat16;
        var bytes = batch * ((4 * width) + (2 * attention.KvHeads * length * attention.HeadSize * attention.KvCache.BytesPerElement));
        return Ratio(4 * batch * width * length, format, bytes);
    }

    private double Compressed(int heads, AttentionQuantization attention, KvCacheQuantization cache, in ContextShape shape)
    {
        double full = shape.FullSequence;
        double prefix = shape.Prefix;
        var size = (double)shape.Batch * heads * MlaHead;
        var bytes = size * ((cache.BytesPerElement * full) + (2 * shape.NewTokens));
        return Ratio(size * ((full * full) - (prefix * prefix)), attention.Format, bytes);
    }

    /// <param name="product">Format of the two batched products of a whole module; null for the kernel alone.</param>
    private double Compressed(int heads, KvCacheQuantization cache, GemmQuantization? product, in GenerationShape shape)
    {
        double batch = shape.Batch;
        var bytes = batch * ((heads * MlaAbsorbedHead * 2) + ((shape.SequenceLength - 1) * MlaCacheRow * cache.BytesPerElement));
        var format = cache == KvCacheQuantization.Fp8 && system.SmVersion >= FirstFp8Capability ? TensorCoreFormat.Fp8 : TensorCoreFormat.BFloat16;
        var attention = Seconds(2 * batch * heads * MlaAbsorbedHead * shape.SequenceLength, format);
        if (product is null)
        {
            return attention / (bytes / system.MemoryBandwidth);
        }

        var products = 2 * MlaBmmRoofline.Operations(batch, heads);
        bytes += 2 * new MlaBmmRoofline(product.BytesPerElement, 1, 1).Bytes(batch, heads);
        return (attention + Seconds(products, product.Format)) / (bytes / system.MemoryBandwidth);
    }

    private double Product(MlaBmmOperation product, double tokens)
    {
        var roofline = new MlaBmmRoofline(product.Quantization.BytesPerElement, 1, 1);
        return Ratio(MlaBmmRoofline.Operations(tokens, product.Heads), product.Quantization.Format, roofline.Bytes(tokens, product.Heads));
    }

    /// <summary>Of groups at the same time the part that a cap slows most stands for all.</summary>
    private double Largest(OverlapOperation overlap, in ContextShape shape)
    {
        var largest = 0.0;
        for (var i = 0; i < overlap.First.Count; i++)
        {
            largest = Math.Max(largest, Context(overlap.First[i], shape));
        }

        for (var i = 0; i < overlap.Second.Count; i++)
        {
            largest = Math.Max(largest, Context(overlap.Second[i], shape));
        }

        return largest;
    }

    private double Largest(OverlapOperation overlap, in GenerationShape shape)
    {
        var largest = 0.0;
        for (var i = 0; i < overlap.First.Count; i++)
        {
            largest = Math.Max(largest, Generation(overlap.First[i], shape));
        }

        for (var i = 0; i < overlap.Second.Count; i++)
        {
            largest = Math.Max(largest, Generation(overlap.Second[i], shape));
        }

        return largest;
    }

    private double Seconds(double operations, TensorCoreFormat format) =>
        system.TensorCoreFlops.TryGetValue(format, out var flops) ? operations / flops : double.NaN;

    private double Ratio(double operations, TensorCoreFormat format, double bytes) =>
        system.TensorCoreFlops.TryGetValue(format, out var flops) ? operations / flops / (bytes / system.MemoryBandwidth) : double.NaN;
}
