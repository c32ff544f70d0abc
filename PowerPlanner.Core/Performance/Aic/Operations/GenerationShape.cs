namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>One generation step (specification 6.1).</summary>
/// <param name="Batch">Sequences times (draft tokens + 1); also the tokens of the step; at least 1.</param>
/// <param name="SequenceLength">Length of each sequence including the token being made; at least 1.</param>
internal readonly record struct GenerationShape(long Batch, long SequenceLength);
