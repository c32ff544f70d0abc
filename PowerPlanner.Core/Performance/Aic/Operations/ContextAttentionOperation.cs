namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Prefill attention of one rank with its fused extras: qk-norm, rotary embedding, KV write (specification 4.3).</summary>
/// <param name="KvHeads">KV heads of one rank, the real count (the tables' MHA sentinel 0 is the evaluator's matter).</param>
/// <param name="Window">Sliding window, tokens; 0 = none.</param>
internal sealed record ContextAttentionOperation(
    string Name, int Heads, int KvHeads, int HeadSize, int Window, bool QkNorm, AttentionQuantization Attention, KvCacheQuantization KvCache, double Scale)
    : Operation(Name, Scale);
