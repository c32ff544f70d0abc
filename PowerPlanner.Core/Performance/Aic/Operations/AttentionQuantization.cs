namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Number format of fused attention (FMHA; specification, chapter 3).</summary>
internal sealed record AttentionQuantization(string Name, double BytesPerElement, TensorCoreFormat Format)
{
    public static readonly AttentionQuantization BFloat16 = new("bfloat16", 2, TensorCoreFormat.BFloat16);
    public static readonly AttentionQuantization Float16 = new("float16", 2, TensorCoreFormat.BFloat16);
    public static readonly AttentionQuantization Fp8 = new("fp8", 1, TensorCoreFormat.Fp8);
    public static readonly AttentionQuantization Fp8Block = new("fp8_block", 1, TensorCoreFormat.Fp8);
}
