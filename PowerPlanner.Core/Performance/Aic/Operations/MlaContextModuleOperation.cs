namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Prefill through a whole attention module, its projections included (specification 4.8). The weights are counted by what stands in for it.</summary>
/// <param name="Heads">Heads of one rank.</param>
/// <param name="NativeHeads">Heads of the model, by which measurements are grouped.</param>
/// <param name="Gemm">Format of the projections.</param>
internal sealed record MlaContextModuleOperation(
    string Name, int Heads, int NativeHeads, AttentionQuantization Attention, KvCacheQuantization KvCache, GemmQuantization Gemm, double Scale)
    : Operation(Name, Scale);
