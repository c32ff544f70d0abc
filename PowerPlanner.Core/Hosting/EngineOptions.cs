namespace PowerPlanner.Hosting;

/// <summary>Parallel layout of one engine. GPUs of a replica = <c>Tp · Pp · AttentionDp · Cp</c>. Every size: at least 1, default 1 (no parallelism).</summary>
public sealed class EngineOptions
{
    /// <summary>Tensor-parallel size. At least 1; default 1.</summary>
    public int Tp { get; set; } = 1;

    /// <summary>Pipeline-parallel size. At least 1; default 1.</summary>
    public int Pp { get; set; } = 1;

    /// <summary>Attention data-parallel size: ranks with a KV cache and a batch of their own. At least 1; default 1.</summary>
    public int AttentionDp { get; set; } = 1;

    /// <summary>Tensor-parallel size of the experts. At least 1; default 1.</summary>
    public int MoeTp { get; set; } = 1;

    /// <summary>Expert-parallel size. At least 1; default 1.</summary>
    public int MoeEp { get; set; } = 1;

    /// <summary>Context-parallel size: ranks that share the tokens of a prefill. At least 1; default 1.</summary>
    public int Cp { get; set; } = 1;
}
