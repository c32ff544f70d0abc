namespace PowerPlanner.Performance.Aic;

/// <summary>A serving backend that AIC has tables of.</summary>
public enum AicBackend
{
    /// <summary>vLLM (<c>vllm</c>).</summary>
    Vllm,

    /// <summary>SGLang (<c>sglang</c>).</summary>
    Sglang,

    /// <summary>TensorRT-LLM (<c>trtllm</c>).</summary>
    TensorRtLlm,
}
