namespace PowerPlanner.Performance;

/// <summary>The operating point of one prefill step.</summary>
/// <param name="Isl">Input length of each sequence, tokens, cached prefix included; at least 1.</param>
/// <param name="Prefix">Tokens of it that are already in the cache; 0 to <paramref name="Isl"/> − 1.</param>
/// <param name="Batch">Sequences in the step, per attention rank; at least 1.</param>
public readonly record struct PrefillQuery(int Isl, int Prefix = 0, int Batch = 1);
