using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>What a step hands to each operation (specification 6.1).</summary>
/// <param name="NewTokens">Tokens computed per sequence in a context step; the length of each sequence in a generation step.</param>
internal readonly record struct Step(long Tokens, long Sequences, long NewTokens, long Prefix)
{
    public static Step Of(ContextShape shape) => new(shape.Tokens, shape.Batch, shape.NewTokens, shape.Prefix);

    public static Step Of(GenerationShape shape) => new(shape.Batch, shape.Batch, shape.SequenceLength, 0);

    /// <summary>What one of so many ranks gets that share tokens and sequences (5.2).</summary>
    public Step SharedBy(int ranks) => ranks == 1 ? this : this with { Tokens = (Tokens + ranks - 1) / ranks, Sequences = (Sequences + ranks - 1) / ranks };

    /// <summary>Tokens of a token-major operation.</summary>
    public long Rows(TokenBasis basis) => basis == TokenBasis.Sequences ? Sequences : Tokens;
}
