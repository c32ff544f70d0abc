namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Prefill over compressed keys and values, the kernel alone (specification 4.8).</summary>
/// <param name="Heads">Heads that the table is asked for.</param>
internal sealed record ContextMlaOperation(string Name, int Heads, AttentionQuantization Attention, KvCacheQuantization KvCache, double Scale)
    : Operation(Name, Scale);
