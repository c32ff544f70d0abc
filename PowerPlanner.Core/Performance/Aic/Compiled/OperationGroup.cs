using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Operations that are added up within another one; costs allocate nothing.</summary>
internal sealed class OperationGroup
{
    private readonly CompiledOperation[] _operations;
    private readonly TokenSum _tokens;
    private readonly TokenSum _sequences;
    private readonly CompiledOperation[] _rest;

    public OperationGroup(CompiledOperation[] operations)
    {
        _operations = operations;
        TokenOperation[] merged = [.. operations.OfType<TokenOperation>()];
        _tokens = TokenSum.Create([.. merged.Where(operation => operation.Basis == TokenBasis.Tokens)]);
        _sequences = TokenSum.Create([.. merged.Where(operation => operation.Basis == TokenBasis.Sequences)]);
        _rest = [.. operations.Where(operation => operation is not TokenOperation)];
    }

    /// <summary>Whether the tokens of a step alone decide what the group costs.</summary>
    public bool IsTokensOnly => Array.TrueForAll(_operations, operation => operation is TokenOperation { Basis: TokenBasis.Tokens });

    /// <summary>The cost of a group of which <see cref="IsTokensOnly"/> holds.</summary>
    public OperationCost Evaluate(double tokens) => _tokens.Evaluate(tokens);

    public OperationCost Context(in ContextShape shape)
    {
        var sum = _tokens.Evaluate((double)shape.Batch * shape.NewTokens) + _sequences.Evaluate(shape.Batch);
        foreach (var operation in _rest)
        {
            sum += operation.Context(shape);
        }

        return sum;
    }

    public OperationCost Generation(in GenerationShape shape)
    {
        var sum = _tokens.Evaluate(shape.Batch) + _sequences.Evaluate(shape.Batch);
        foreach (var operation in _rest)
        {
            sum += operation.Generation(shape);
        }

        return sum;
    }

    /// <summary>Why the group has no answer; null where each of its operations has one.</summary>
    public PerformanceException? ContextMiss(in ContextShape shape)
    {
        foreach (var operation in _operations)
        {
            if (double.IsNaN(operation.Context(shape).LatencyMs))
            {
                return operation.ContextMiss(shape);
            }
        }

        return null;
    }

    /// <summary>Why the group has no answer; null where each of its operations has one.</summary>
    public PerformanceException? GenerationMiss(in GenerationShape shape)
    {
        foreach (var operation in _operations)
        {
            if (double.IsNaN(operation.Generation(shape).LatencyMs))
            {
                return operation.GenerationMiss(shape);
            }
        }

        return null;
    }
}
