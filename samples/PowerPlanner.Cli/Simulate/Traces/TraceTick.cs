namespace PowerPlanner.Cli.Simulate.Traces;

/// <summary>What arrived in one tick of a trace.</summary>
/// <param name="Requests">Requests.</param>
/// <param name="ContextTokens">Their input tokens, summed.</param>
/// <param name="GeneratedTokens">Their output tokens, summed.</param>
internal readonly record struct TraceTick(long Requests, long ContextTokens, long GeneratedTokens)
{
    public TraceTick Add(long contextTokens, long generatedTokens) => new(Requests + 1, ContextTokens + contextTokens, GeneratedTokens + generatedTokens);
}
