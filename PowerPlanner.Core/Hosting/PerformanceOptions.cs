using PowerPlanner.Performance.Aic;

namespace PowerPlanner.Hosting;

/// <summary>
/// Picks and feeds the performance model. Which fields count depends on <see cref="Kind"/>; a field of another kind must stay null.
/// </summary>
public sealed class PerformanceOptions
{
    /// <summary>The kind of model. Required in a file; default <see cref="PerformanceKind.Fixed"/>.</summary>
    public PerformanceKind Kind { get; set; }

    /// <summary><c>fixed</c>: time to first token, ms. Finite, greater than 0; required.</summary>
    public double? TtftMs { get; set; }

    /// <summary><c>fixed</c>: inter-token latency, ms. Finite, greater than 0; required.</summary>
    public double? ItlMs { get; set; }

    /// <summary>
    /// <c>fixed</c>, <c>table</c>, <c>profiled</c>: KV-cache tokens of one attention rank, at least 0; required. They bound the batch at
    /// <c>⌊maxKvTokens / (isl + osl)⌋</c>; 0 holds not one sequence, so that every plan is infeasible.
    /// </summary>
    public long? MaxKvTokens { get; set; }

    /// <summary><c>fixed</c>: mean draw of one GPU in prefill, W. Finite, at least 0; null or 0: unknown.</summary>
    public double? PrefillPowerW { get; set; }

    /// <summary><c>fixed</c>: mean draw of one GPU in decode, W. Finite, at least 0; null or 0: unknown.</summary>
    public double? DecodePowerW { get; set; }

    /// <summary><c>table</c>: the prefill points; at least one.</summary>
    public IList<TablePrefillOptions>? Prefill { get; set; }

    /// <summary><c>table</c>: the decode points; at least one.</summary>
    public IList<TableDecodeOptions>? Decode { get; set; }

    /// <summary><c>aic</c>, <c>roofline</c>: Hugging Face name of the model (<c>Qwen/Qwen3-32B</c>) or path of its configuration file; required.</summary>
    public string? Model { get; set; }

    /// <summary><c>aic</c>: AIC's name of the GPU system, e.g. <c>h200_sxm</c>; required.</summary>
    public string? System { get; set; }

    /// <summary><c>aic</c>: <c>vllm</c>, <c>sglang</c> or <c>trtllm</c>; required.</summary>
    public string? Backend { get; set; }

    /// <summary><c>aic</c>: version of the backend, e.g. <c>0.22.0</c>; required.</summary>
    public string? Version { get; set; }

    /// <summary>
    /// <c>aic</c>: where latencies come from; null: <see cref="AicEstimationMode.Silicon"/>, measurements alone. In a file <c>silicon</c>, <c>hybrid</c>,
    /// <c>empirical</c> or <c>sol</c>.
    /// </summary>
    public AicEstimationMode? EstimationMode { get; set; }

    /// <summary><c>roofline</c>: the GPU, named like AIC's systems, e.g. <c>h200_sxm</c>; required.</summary>
    public string? Gpu { get; set; }

    /// <summary><c>profiled</c>: CSV file with the columns <c>isl,ttftMs,powerW</c>; required. Relative to the configuration file's folder.</summary>
    public string? PrefillCsv { get; set; }

    /// <summary><c>profiled</c>: CSV file with the columns <c>batch,context,itlMs,powerW</c>; required. Relative to the configuration file's folder.</summary>
    public string? DecodeCsv { get; set; }
}
