namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Decode through a whole attention module, its projections included: one sample at the asked length (specification 4.8).</summary>
/// <param name="Heads">Heads of one rank.</param>
/// <param name="NativeHeads">Heads of the model, by which measurements are grouped.</param>
/// <param name="Gemm">Format of the projections.</param>
internal sealed record MlaGenerationModuleOperation(string Name, int Heads, int NativeHeads, KvCacheQuantization KvCache, GemmQuantization Gemm, double Scale)
    : Operation(Name, Scale);
