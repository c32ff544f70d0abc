namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>One context step (specification 6.1): <c>Batch · NewTokens</c> tokens, one logits row a sequence.</summary>
/// <param name="Batch">Sequences; at least 1.</param>
/// <param name="NewTokens">Tokens computed for each sequence (ISL − prefix); at least 1.</param>
/// <param name="Prefix">Tokens of each sequence that are in the cache already; at least 0.</param>
internal readonly record struct ContextShape(long Batch, long NewTokens, long Prefix)
{
    public long Tokens => Batch * NewTokens;

    public long FullSequence => NewTokens + Prefix;
}
