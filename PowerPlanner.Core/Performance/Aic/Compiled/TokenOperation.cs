using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>An operation whose cost depends on the tokens of a step alone, or on its sequences alone.</summary>
internal abstract class TokenOperation(string name, double scale, TokenBasis basis) : CompiledOperation(name, scale)
{
    public TokenBasis Basis => basis;

    /// <param name="tokens">A whole number, at least 1.</param>
    public abstract OperationCost Evaluate(double tokens);

    public abstract PerformanceException Miss(double tokens);

    public sealed override OperationCost Context(in ContextShape shape) => Evaluate(Tokens(shape));

    public sealed override OperationCost Generation(in GenerationShape shape) => Evaluate(shape.Batch);

    public sealed override PerformanceException ContextMiss(in ContextShape shape) => Miss(Tokens(shape));

    public sealed override PerformanceException GenerationMiss(in GenerationShape shape) => Miss(shape.Batch);

    private double Tokens(in ContextShape shape)
    {
        var tokens = basis == TokenBasis.Tokens ? (double)shape.Batch * shape.NewTokens : shape.Batch;
        return SequenceSplit == 1 ? tokens : Math.Ceiling(tokens / SequenceSplit);
    }
}
