namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Decode attention of one rank: the mean of five sequence lengths around the asked one (specification 4.4).</summary>
/// <param name="KvHeads">KV heads of one rank, the real count.</param>
/// <param name="Window">Sliding window, tokens; 0 = none.</param>
internal sealed record GenerationAttentionOperation(
    string Name, int Heads, int KvHeads, int HeadSize, int Window, KvCacheQuantization KvCache, double Scale)
    : Operation(Name, Scale);
