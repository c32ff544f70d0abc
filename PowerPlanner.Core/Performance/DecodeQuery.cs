namespace PowerPlanner.Performance;

/// <summary>The operating point of one decode step.</summary>
/// <param name="Batch">Sequences in the step, per attention rank; at least 1.</param>
/// <param name="ContextTokens">Length of each sequence including the token being made, tokens; at least 1.</param>
public readonly record struct DecodeQuery(int Batch, long ContextTokens);
