namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>
/// Tokens on their way to the experts or back (specification 4.7). It stands in for the tensor-parallel all-reduces of attention and
/// feed-forward layers too.
/// </summary>
/// <param name="Stage">Before or after the experts.</param>
/// <param name="Backend">Each backend has collectives of its own for it.</param>
/// <param name="HiddenSize">Elements of a token.</param>
/// <param name="AttentionDataParallel">Attention ranks whose tokens are gathered.</param>
/// <param name="Quantization">Format that tokens may travel in; null where the family dispatches in 16 bits whatever its experts' format.</param>
internal sealed record MoeDispatchOperation(
    string Name,
    MoeDispatchStage Stage,
    AicBackend Backend,
    long HiddenSize,
    int MoeTensorParallel,
    int MoeExpertParallel,
    int AttentionDataParallel,
    MoeQuantization? Quantization,
    double Scale)
    : Operation(Name, Scale)
{
    /// <summary>GPUs that the experts are spread over.</summary>
    public int Gpus => MoeTensorParallel * MoeExpertParallel;

    /// <summary>Ranks that share one attention layer.</summary>
    public int AttentionTensorParallel => Math.Max(1, Gpus / AttentionDataParallel);
}
