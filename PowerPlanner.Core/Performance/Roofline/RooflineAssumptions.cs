namespace PowerPlanner.Performance.Roofline;

/// <summary>
/// What a data sheet does not say: which share of its peaks kernels reach, what each kernel costs besides, what memory is not for the cache,
/// and how draw follows utilization. The defaults are medians over AIC's measured tables of the H200 (vLLM 0.22.0, bfloat16), or stated below.
/// </summary>
public sealed record RooflineAssumptions
{
    /// <summary>The defaults.</summary>
    public static RooflineAssumptions Default { get; } = new();

    /// <summary>
    /// Share of the tensor-core peak that large matrix products reach, in (0, 1]. Default 0.68: the median of 7,905 measured products with each side
    /// from 1,024 (quartiles 0.65 and 0.70).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in (0, 1].</exception>
    public double GemmComputeFraction
    {
        get;
        init => field = Share(value, nameof(GemmComputeFraction));
    } = 0.68;

    /// <summary>
    /// Share of the tensor-core peak that prefill attention reaches, in (0, 1]. Default 0.58: the median of 1,612 measured points with 1e9 head ·
    /// token² and more (quartiles 0.52 and 0.66). FlashAttention-3 reports up to 0.75 on an H100 (arXiv 2407.08608).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in (0, 1].</exception>
    public double AttentionComputeFraction
    {
        get;
        init => field = Share(value, nameof(AttentionComputeFraction));
    } = 0.58;

    /// <summary>
    /// Share of the memory bandwidth that kernels reach, in (0, 1]. Default 0.8, AIC's own scaling factor; products with up to 16 rows and 64 MB of weights
    /// or more reach 0.82 in the median.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in (0, 1].</exception>
    public double MemoryFraction
    {
        get;
        init => field = Share(value, nameof(MemoryFraction));
    } = 0.8;

    /// <summary>
    /// Share of the link bandwidth that an all-reduce reaches, in (0, 1]. Default 0.7: between the 0.53 and 0.93 that 17 to 134 MB on eight H200
    /// reach (AIC, TensorRT-LLM 1.2.0rc5).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in (0, 1].</exception>
    public double LinkFraction
    {
        get;
        init => field = Share(value, nameof(LinkFraction));
    } = 0.7;

    /// <summary>What every kernel costs besides its work, µs, at least 0. Default 3, AIC's constant a memory operation; the smallest products take 2.5 to 5.8 µs.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or not finite.</exception>
    public double KernelMicroseconds
    {
        get;
        init => field = AtLeastZero(value, nameof(KernelMicroseconds));
    } = 3;

    /// <summary>What an all-reduce costs besides its transfer, µs, at least 0. Default 5: small messages on two to eight H200 take 3.0 to 9.9 µs.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or not finite.</exception>
    public double AllReduceMicroseconds
    {
        get;
        init => field = AtLeastZero(value, nameof(AllReduceMicroseconds));
    } = 5;

    /// <summary>What a transfer to the next pipeline stage costs besides its bytes, µs, at least 0. Default 10, AIC's point-to-point latency.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or not finite.</exception>
    public double PipelineTransferMicroseconds
    {
        get;
        init => field = AtLeastZero(value, nameof(PipelineTransferMicroseconds));
    } = 10;

    /// <summary>Share of the GPU's memory that the engine may use, in (0, 1]. Default 0.9, vLLM's <c>gpu_memory_utilization</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in (0, 1].</exception>
    public double UsableMemoryFraction
    {
        get;
        init => field = Share(value, nameof(UsableMemoryFraction));
    } = 0.9;

    /// <summary>Memory for the CUDA context, libraries and collectives, bytes, at least 0. Default 4 GiB: AIC counts 3.5 GiB and 0.38 GiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long ReservedBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(ReservedBytes));
            field = value;
        }
    } = 4L << 30;

    /// <summary>Most tokens of a step, for the memory of its activations, at least 1. Default 8192, vLLM's usual <c>max_num_batched_tokens</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public int MaxTokensPerStep
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(MaxTokensPerStep));
            field = value;
        }
    } = 8192;

    /// <summary>
    /// Share of the nameplate power that a busy board draws before any work, in (0, 1]. Default 0.27, the static share of a busy H100
    /// (<c>P_s</c>, fit on arXiv 2604.11391).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in (0, 1].</exception>
    public double StaticPowerShare
    {
        get;
        init => field = Share(value, nameof(StaticPowerShare));
    } = 0.27;

    /// <summary>
    /// Share of the nameplate power that the tensor cores would draw at their peak rate, at least 0. Default 0.9, fitted with
    /// <see cref="MemoryPowerShare"/> on 25,443 measured rows of products and attention of the H200: see <see cref="RooflinePerformanceModel"/> for the error.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or not finite.</exception>
    public double ComputePowerShare
    {
        get;
        init => field = AtLeastZero(value, nameof(ComputePowerShare));
    } = 0.9;

    /// <summary>Share of the nameplate power that the memory would draw at its peak bandwidth, at least 0. Default 0.3, from the same fit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or not finite.</exception>
    public double MemoryPowerShare
    {
        get;
        init => field = AtLeastZero(value, nameof(MemoryPowerShare));
    } = 0.3;

    private static double Share(double value, string parameter)
    {
        Guard.FinitePositive(value, parameter);
        Guard.Within(value, 0, 1, parameter);
        return value;
    }

    private static double AtLeastZero(double value, string parameter)
    {
        Guard.FiniteNonNegative(value, parameter);
        return value;
    }
}
