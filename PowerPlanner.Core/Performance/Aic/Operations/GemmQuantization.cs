namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Number format of a GEMM (specification, chapter 3).</summary>
/// <param name="Name">The mode's name.</param>
/// <param name="BytesPerElement">Memory of one element, bytes.</param>
/// <param name="RelativeCompute">Compute rate relative to bfloat16, used by transfers between formats only.</param>
/// <param name="Format">The rate that bounds it.</param>
/// <param name="TableLabel">The label under which tables file it.</param>
internal sealed record GemmQuantization(string Name, double BytesPerElement, double RelativeCompute, TensorCoreFormat Format, string TableLabel)
{
    public static readonly GemmQuantization BFloat16 = new("bfloat16", 2, 1, TensorCoreFormat.BFloat16, "bfloat16");
    public static readonly GemmQuantization Int8WeightOnly = new("int8_wo", 1, 1, TensorCoreFormat.BFloat16, "int8_wo");
    public static readonly GemmQuantization Int4WeightOnly = new("int4_wo", 0.5, 1, TensorCoreFormat.BFloat16, "int4_wo");
    public static readonly GemmQuantization Fp8 = new("fp8", 1, 2, TensorCoreFormat.Fp8, "fp8");

    /// <summary>Static activation scales: the fp8 table less the cost of dynamic quantization.</summary>
    public static readonly GemmQuantization Fp8Static = new("fp8_static", 1, 2, TensorCoreFormat.Fp8, "fp8");

    public static readonly GemmQuantization Fp8Block = new("fp8_block", 1, 2, TensorCoreFormat.Fp8, "fp8_block");
    public static readonly GemmQuantization Fp8Ootb = new("fp8_ootb", 1, 2, TensorCoreFormat.Fp8, "fp8_ootb");
    public static readonly GemmQuantization SmoothQuant = new("sq", 1, 2, TensorCoreFormat.Int8, "sq");
    public static readonly GemmQuantization NvFp4 = new("nvfp4", 0.5625, 4, TensorCoreFormat.Fp4, "nvfp4");
    public static readonly GemmQuantization NvFp4WeightOnly = new("nvfp4_wo", 0.5625, 1, TensorCoreFormat.BFloat16, "nvfp4_wo");
    public static readonly GemmQuantization W4A16NvFp4 = new("w4a16_nvfp4", 0.5625, 1, TensorCoreFormat.BFloat16, "w4a16_nvfp4");

    /// <summary>All formats, in the order of the specification's table.</summary>
    public static readonly IReadOnlyList<GemmQuantization> All =
        [BFloat16, Int8WeightOnly, Int4WeightOnly, Fp8, Fp8Static, Fp8Block, Fp8Ootb, SmoothQuant, NvFp4, NvFp4WeightOnly, W4A16NvFp4];
}
