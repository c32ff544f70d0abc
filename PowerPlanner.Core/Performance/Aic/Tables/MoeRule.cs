namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// MoE experts: two kernels have formats of their own, and the low-latency kernel's rows form a table of their own, asked for by the name
/// <see cref="LowLatencyTable"/>.
/// </summary>
internal sealed class MoeRule(bool lowLatency) : TableRule(Table, ["moe_dtype", "kernel_source"])
{
    public const string Table = "moe_perf";

    /// <summary>Rows of the kernel that TensorRT-LLM has for few tokens; they lie in the same file.</summary>
    public const string LowLatencyTable = "moe_perf/low_latency";

    private const string LowLatencyKernel = "moe_torch_flow_min_latency";

    public override string? RewrittenColumn => "moe_dtype";

    public override bool Keeps(ReadOnlySpan<string> cells) => cells[1] == LowLatencyKernel == lowLatency;

    public override string Rewrite(ReadOnlySpan<string> cells) => (cells[0], cells[1]) switch
    {
        ("w4a8_mxfp4_mxfp8", "sglang_mxfp4_flashinfer_trtllm_moe") => "w4a8_mxfp4_mxfp8_trtllm",
        ("w4a16_mxfp4", "sglang_flashinfer_cutlass_moe") => "w4a16_mxfp4_cutlass",
        _ => cells[0],
    };
}
