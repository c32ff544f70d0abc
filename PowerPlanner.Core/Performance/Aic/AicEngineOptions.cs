namespace PowerPlanner.Performance.Aic;

/// <summary>How an engine is started, as far as its estimate depends on it. The defaults are those of the backend and the checkpoint.</summary>
public sealed record AicEngineOptions
{
    /// <summary>Where latencies come from. Default <see cref="AicEstimationMode.Silicon"/>: measurements alone.</summary>
    public AicEstimationMode EstimationMode { get; init; }

    /// <summary>Format of dense weights by AIC's name, e.g. <c>fp8_block</c>; null = inferred from the checkpoint.</summary>
    public string? GemmFormat { get; init; }

    /// <summary>Format of routed experts by AIC's name, e.g. <c>w4a16_mxfp4</c>; null = inferred from the checkpoint.</summary>
    public string? ExpertFormat { get; init; }

    /// <summary>Format of the KV cache by AIC's name: <c>bfloat16</c>, <c>fp8</c> or <c>int8</c>; null = inferred from the checkpoint.</summary>
    public string? KvCacheFormat { get; init; }

    /// <summary>Format of fused attention by AIC's name, e.g. <c>bfloat16</c>; null = inferred from checkpoint, backend and tables.</summary>
    public string? AttentionFormat { get; init; }

    /// <summary>
    /// How tokens spread over routed experts, by the name that AIC's tables give it, e.g. <c>balanced</c> or <c>power_law_1.01</c>; null = the power law of the
    /// model's family. Where the experts' format was not measured with it at all, AIC takes <c>uniform</c>.
    /// </summary>
    public string? WorkloadDistribution { get; init; }

    /// <summary>Draft tokens that speculative decoding proposes a sequence and step; 0 to 64. Default 0: no speculation.</summary>
    public int DraftTokens { get; init; }

    /// <summary>
    /// Mean draft tokens that are accepted a step; 0 to <see cref="DraftTokens"/>. A step then makes 1 + this many tokens of each sequence. Default 0: AIC assumes no acceptance.
    /// </summary>
    public double AcceptedDraftTokens { get; init; }

    /// <summary>
    /// Memory fraction that the engine is started with, above 0 and at most 1: of the whole device (vLLM, SGLang) or of what is free beside the
    /// weights (TensorRT-LLM). Null = the backend's default (0.90 or 0.92, derived, 0.9).
    /// </summary>
    public double? MemoryFraction { get; init; }
}
