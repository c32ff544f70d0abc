namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Embedding look-up (specification 4.2).</summary>
internal sealed record EmbeddingOperation(string Name, long VocabularySize, long HiddenSize, double Scale) : Operation(Name, Scale)
{
    public override double WeightBytes => VocabularySize * (double)HiddenSize * 2 * Scale;
}
