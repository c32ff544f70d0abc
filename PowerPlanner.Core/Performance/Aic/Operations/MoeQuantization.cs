namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Number format of routed experts (specification, chapter 3).</summary>
/// <param name="Name">The mode's name, which is also its label in tables.</param>
/// <param name="BytesPerElement">Memory of one element, bytes.</param>
/// <param name="RelativeCompute">Compute rate relative to bfloat16, used by transfers between formats only.</param>
/// <param name="Format">The rate that bounds it.</param>
internal sealed record MoeQuantization(string Name, double BytesPerElement, double RelativeCompute, TensorCoreFormat Format)
{
    public static readonly MoeQuantization BFloat16 = new("bfloat16", 2, 1, TensorCoreFormat.BFloat16);
    public static readonly MoeQuantization Fp8 = new("fp8", 1, 2, TensorCoreFormat.Fp8);
    public static readonly MoeQuantization Int4WeightOnly = new("int4_wo", 0.5, 1, TensorCoreFormat.BFloat16);
    public static readonly MoeQuantization Fp8Block = new("fp8_block", 1, 2, TensorCoreFormat.Fp8);
    public static readonly MoeQuantization W4AFp8 = new("w4afp8", 0.5, 2, TensorCoreFormat.Fp8);
    public static readonly MoeQuantization NvFp4 = new("nvfp4", 0.5625, 4, TensorCoreFormat.Fp4);
    public static readonly MoeQuantization NvFp4WeightOnly = new("nvfp4_wo", 0.5625, 1, TensorCoreFormat.BFloat16);
    public static readonly MoeQuantization W4A16NvFp4 = new("w4a16_nvfp4", 0.5625, 1, TensorCoreFormat.BFloat16);
    public static readonly MoeQuantization W4A16MxFp4 = new("w4a16_mxfp4", 0.5, 1, TensorCoreFormat.BFloat16);
    public static readonly MoeQuantization W4A16MxFp4Cutlass = new("w4a16_mxfp4_cutlass", 0.5, 1, TensorCoreFormat.BFloat16);
    public static readonly MoeQuantization W4A8MxFp4MxFp8 = new("w4a8_mxfp4_mxfp8", 0.5, 2, TensorCoreFormat.Fp8);
    public static readonly MoeQuantization W4A8MxFp4MxFp8TensorRtLlm = new("w4a8_mxfp4_mxfp8_trtllm", 0.5, 2, TensorCoreFormat.Fp8);

    /// <summary>All formats, in the order of the specification's table.</summary>
    public static readonly IReadOnlyList<MoeQuantization> All =
    [
        BFloat16, Fp8, Int4WeightOnly, Fp8Block, W4AFp8, NvFp4, NvFp4WeightOnly, W4A16NvFp4, W4A16MxFp4, W4A16MxFp4Cutlass, W4A8MxFp4MxFp8, W4A8MxFp4MxFp8TensorRtLlm,
    ];
}
