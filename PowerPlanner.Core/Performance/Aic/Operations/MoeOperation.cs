namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Routed experts of one rank, over the tokens of all attention ranks (specification 4.6).</summary>
/// <param name="HiddenSize">Width of the model.</param>
/// <param name="IntermediateSize">Width of one whole expert, not divided.</param>
/// <param name="ExpertsPerToken">Experts that a token visits.</param>
/// <param name="Experts">Routed experts of a layer, over all ranks.</param>
/// <param name="MoeTensorParallel">Ranks that share an expert.</param>
/// <param name="MoeExpertParallel">Ranks that experts are spread over.</param>
/// <param name="AttentionDataParallel">Attention ranks whose tokens the dispatch gathers.</param>
/// <param name="Distribution">How tokens spread over experts, by the table's name, e.g. <c>power_law_1.2</c>.</param>
/// <param name="LowLatencyKernel">Whether the backend has a kernel of its own for few tokens (gated experts in nvfp4 alone).</param>
/// <param name="Gated">Whether an expert has a gate beside its up projection.</param>
internal sealed record MoeOperation(
    string Name,
    long HiddenSize,
    long IntermediateSize,
    int ExpertsPerToken,
    int Experts,
    int MoeTensorParallel,
    int MoeExpertParallel,
    int AttentionDataParallel,
    MoeQuantization Quantization,
    string Distribution,
    double Scale,
    bool LowLatencyKernel = false,
    bool Gated = true)
    : Operation(Name, Scale)
{
    /// <summary>Matrices of an expert.</summary>
    public int Matrices => Gated ? 3 : 2;

    public override double WeightBytes => Math.Floor(Math.Floor(
        (double)HiddenSize * IntermediateSize * Experts * Quantization.BytesPerElement * Matrices / MoeExpertParallel) / MoeTensorParallel) * Scale;
}
