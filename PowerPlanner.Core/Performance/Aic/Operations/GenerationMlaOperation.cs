namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Decode over compressed keys and values, the kernel alone: one sample at the asked length (specification 4.8).</summary>
/// <param name="Heads">Heads that the table is asked for.</param>
internal sealed record GenerationMlaOperation(string Name, int Heads, KvCacheQuantization KvCache, double Scale) : Operation(Name, Scale);
