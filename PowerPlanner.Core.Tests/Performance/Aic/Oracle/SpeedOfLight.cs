using System.Numerics;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>The formulas of the specification's chapter 3 and of its memory operations (4.2), ms at real-valued coordinates.</summary>
internal sealed class SpeedOfLight(AicSystem system)
{
    public double Gemm(GemmQuantization quantization, double m, double n, double k) => Bound(
        operations: 2 * m * n * k,
        bytes: quantization.BytesPerElement * ((m * n) + (m * k) + (n * k)),
        flops: system.Flops(quantization.Format));

    /// <param name="kvHeads">KV heads of the slice; 0 = as many as query heads.</param>
    public double ContextAttention(
        AttentionQuantization attention, KvCacheQuantization kvCache, int kvHeads, int headSize, int window, double heads, double sequence, double batch)
    {
        var kv = kvHeads == 0 ? heads : kvHeads;
        var operations = window > 0 && sequence > window
            ? 2 * batch * sequence * window * heads * headSize * 2
            : 2 * batch * sequence * sequence * heads * headSize * 2 / 2;
        var bytes = (2 * batch * (2 * heads * sequence * headSize)) + (kvCache.BytesPerElement * batch * 2 * kv * sequence * headSize);
        return Bound(operations, bytes, system.Flops(attention.Format));
    }

    /// <summary>SOL mode: with prefix P, s new tokens, full = s + P.</summary>
    /// <param name="kvHeads">KV heads of the slice; 0 = as many as query heads.</param>
    public double ContextAttention(
        AttentionQuantization attention, KvCacheQuantization kvCache, int kvHeads, int headSize, int window, double heads, double s, double prefix, double batch)
    {
        var kv = kvHeads == 0 ? heads : kvHeads;
        var full = s + prefix;
        var operations = window > 0 && full > window
            ? 2 * batch * (full - prefix) * window * heads * headSize * 2
            : 2 * batch * ((full * full) - (prefix * prefix)) * heads * headSize * 2 / 2;
        var bytes = (2 * batch * (2 * heads * s * headSize)) + (kvCache.BytesPerElement * batch * 2 * kv * full * headSize);
        return Bound(operations, bytes, system.Flops(attention.Format));
    }

    /// <param name="kvHeads">KV heads of the slice; 0 = as many as query heads.</param>
    public double GenerationAttention(
        KvCacheQuantization kvCache, int kvHeads, int headSize, int window, double heads, double batch, double sequence)
    {
        var kv = kvHeads == 0 ? heads : kvHeads;
        var length = window > 0 ? Math.Min(sequence - 1, window) : sequence - 1;
        var operations = 2 * batch * heads * headSize * 2 * length;
        var bytes = batch * ((heads * headSize * 2) + (2 * kv * length * headSize * kvCache.BytesPerElement) + (heads * headSize * 2));
        return Bound(operations, bytes, system.Flops(GenerationFormat(kvCache)));
    }

    public bool HasGenerationRate(KvCacheQuantization kvCache) => system.TensorCoreFlops.ContainsKey(GenerationFormat(kvCache));

    public double ComputeScale(double m, double k) => 2 * m * k / system.MemoryBandwidth * 1000;

    public double ScaleMatrix(double m, double k) => 3 * m * k / system.MemoryBandwidth * 1000;

    /// <summary>Without prefix, as every table look-up uses it.</summary>
    public double ContextMla(AttentionQuantization attention, KvCacheQuantization kvCache, double heads, double sequence, double batch) => Bound(
        operations: batch * heads * 320 * (sequence * sequence),
        bytes: batch * heads * ((kvCache.BytesPerElement * sequence * 320) + (2 * sequence * 320)),
        flops: system.Flops(attention.Format));

    public double ContextMla(AttentionQuantization attention, KvCacheQuantization kvCache, double heads, double s, double prefix, double batch)
    {
        var full = s + prefix;
        return Bound(
            operations: batch * heads * 320 * ((full * full) - (prefix * prefix)),
            bytes: batch * heads * ((kvCache.BytesPerElement * full * 320) + (2 * s * 320)),
            flops: system.Flops(attention.Format));
    }

    public double GenerationMla(KvCacheQuantization kvCache, double heads, double batch, double sequence) => Bound(
        GenerationMlaOperations(heads, batch, sequence), GenerationMlaBytes(kvCache, heads, batch, sequence), system.Flops(GenerationFormat(kvCache)));

    public double MlaBmm(GemmQuantization quantization, double tokens, double heads) => Bound(
        MlaBmmOperations(tokens, heads), MlaBmmBytes(quantization, tokens, heads), system.Flops(quantization.Format));

    /// <summary>Attention and two batched products, each sum before the maximum.</summary>
    public double MlaGenerationModule(KvCacheQuantization kvCache, GemmQuantization gemm, double heads, double batch, double sequence)
    {
        var compute = (GenerationMlaOperations(heads, batch, sequence) / system.Flops(GenerationFormat(kvCache)))
            + (2 * MlaBmmOperations(batch, heads) / system.Flops(gemm.Format));
        var memory = (GenerationMlaBytes(kvCache, heads, batch, sequence) + (2 * MlaBmmBytes(gemm, batch, heads))) / system.MemoryBandwidth;
        return 1000 * Math.Max(compute, memory);
    }

    private static double GenerationMlaOperations(double heads, double batch, double sequence) => 2 * batch * heads * 1088 * sequence;

    private static double GenerationMlaBytes(KvCacheQuantization kvCache, double heads, double batch, double sequence) =>
        batch * ((heads * 1088 * 2) + ((sequence - 1) * 576 * kvCache.BytesPerElement));

    private static double MlaBmmOperations(double tokens, double heads) => 2 * tokens * heads * 128 * 512;

    private static double MlaBmmBytes(GemmQuantization quantization, double tokens, double heads) => heads * ((tokens * 640) + 65536) * quantization.BytesPerElement;

    /// <summary>The chain of integer divisions, evaluated left to right; tokens are rounded to an integer first.</summary>
    public double Moe(MoeOperation operation, double tokens)
    {
        var t = new BigInteger(Math.Round(tokens)) * operation.ExpertsPerToken;
        var (h, i, g) = (operation.HiddenSize, operation.IntermediateSize, operation.Gated ? 3 : 2);
        var (tp, ep) = (operation.MoeTensorParallel, operation.MoeExpertParallel);
        var operations = t * h * i * g * 2 / ep / tp;
        var elements = (t / ep * h * 2) + (t / ep * i * g / tp) + (new BigInteger(h) * i * g / tp * BigInteger.Min(operation.Experts / ep, t / ep));
        return Bound((double)operations, (double)elements * operation.Quantization.BytesPerElement, system.Flops(operation.Quantization.Format));
    }

    public double CustomAllReduce(double size, int tp) => 1000 * (2 * size * 2 / tp * (tp - 1) / system.PointToPointBandwidth(tp));

    public double Nccl(string collective, CommunicationQuantization communication, double size, int n) =>
        1000 * (communication.BytesPerElement * size * (n - 1) / n / system.PointToPointBandwidth(n)) * (collective == "all_reduce" ? 2 : 1);

    /// <summary>SOL mode.</summary>
    public double MemoryBytes(double bytes) => 1000 * (bytes / system.MemoryBandwidth);

    /// <summary>What a memory-bound operation takes: not a bound but the estimate itself.</summary>
    public double MemoryOperation(double bytes) =>
        ((bytes / (system.MemoryBandwidth * system.MemoryBandwidthScaling)) + system.MemoryConstantLatencySeconds) * 1000;

    private TensorCoreFormat GenerationFormat(KvCacheQuantization kvCache) =>
        kvCache == KvCacheQuantization.Fp8 && system.SmVersion >= 89 ? TensorCoreFormat.Fp8 : TensorCoreFormat.BFloat16;

    private double Bound(double operations, double bytes, double flops) => 1000 * Math.Max(operations / flops, bytes / system.MemoryBandwidth);
}
