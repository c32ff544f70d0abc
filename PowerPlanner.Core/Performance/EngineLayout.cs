namespace PowerPlanner.Performance;

/// <summary>
/// How one engine (replica) spreads over GPUs. Every size is at least 1. A GPU count is
/// <c>TensorParallel · PipelineParallel · AttentionDataParallel · ContextParallel</c>; the MoE sizes redistribute the same GPUs.
/// </summary>
public sealed record EngineLayout
{
    /// <summary>Creates a layout.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or the GPUs overflow an <see cref="int"/>.</exception>
    public EngineLayout(
        int tensorParallel = 1, int pipelineParallel = 1, int attentionDataParallel = 1, int moeTensorParallel = 1, int moeExpertParallel = 1, int contextParallel = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tensorParallel, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(pipelineParallel, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(attentionDataParallel, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(moeTensorParallel, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(moeExpertParallel, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(contextParallel, 1);
        var gpus = (Int128)tensorParallel * pipelineParallel * attentionDataParallel * contextParallel;
        if (gpus > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(tensorParallel), $"tp {tensorParallel} · pp {pipelineParallel} · attention dp {attentionDataParallel} · cp {contextParallel} = {gpus} GPUs; at most {int.MaxValue} are allowed.");
        }

        TensorParallel = tensorParallel;
        PipelineParallel = pipelineParallel;
        AttentionDataParallel = attentionDataParallel;
        MoeTensorParallel = moeTensorParallel;
        MoeExpertParallel = moeExpertParallel;
        ContextParallel = contextParallel;
        Gpus = (int)gpus;
    }

    /// <summary>Tensor-parallel size (tp).</summary>
    public int TensorParallel { get; }

    /// <summary>Pipeline-parallel size (pp).</summary>
    public int PipelineParallel { get; }

    /// <summary>Attention data-parallel size (dp): ranks with a KV cache and a batch of their own.</summary>
    public int AttentionDataParallel { get; }

    /// <summary>Tensor-parallel size of the experts (moe_tp).</summary>
    public int MoeTensorParallel { get; }

    /// <summary>Expert-parallel size (moe_ep).</summary>
    public int MoeExpertParallel { get; }

    /// <summary>Context-parallel size (cp): ranks that share the tokens of a prefill.</summary>
    public int ContextParallel { get; }

    /// <summary>GPUs of one replica.</summary>
    public int Gpus { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"tp {TensorParallel}, pp {PipelineParallel}, attention dp {AttentionDataParallel}, moe tp {MoeTensorParallel}, moe ep {MoeExpertParallel}"
        + (ContextParallel > 1 ? $", cp {ContextParallel}" : "");
}
