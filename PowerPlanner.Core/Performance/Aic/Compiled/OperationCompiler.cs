using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Which code compiles which operation: the one place that a new kind of operation is entered.</summary>
internal static class OperationCompiler
{
    public static async ValueTask<CompiledOperation[]> CompileAsync(IReadOnlyList<Operation> operations, CompileScope scope, CancellationToken cancellationToken)
    {
        var compiled = new CompiledOperation[operations.Count];
        for (var i = 0; i < compiled.Length; i++)
        {
            compiled[i] = await CompileAsync(operations[i], scope, cancellationToken).ConfigureAwait(false);
        }

        return compiled;
    }

    private static ValueTask<CompiledOperation> CompileAsync(Operation operation, CompileScope scope, CancellationToken cancellationToken) => operation switch
    {
        ElementwiseOperation elementwise => new(FormulaCompilation.Compile(elementwise, scope)),
        EmbeddingOperation embedding => new(FormulaCompilation.Compile(embedding, scope)),
        PointToPointOperation transfer => new(FormulaCompilation.Compile(transfer, scope)),
        GemmOperation gemm => GemmCompilation.CompileAsync(gemm, scope, cancellationToken),
        ContextAttentionOperation attention => ContextAttentionCompilation.CompileAsync(attention, scope, cancellationToken),
        GenerationAttentionOperation attention => GenerationAttentionCompilation.CompileAsync(attention, scope, cancellationToken),
        AllReduceOperation allReduce => CollectiveCompilation.CompileAsync(allReduce, scope, cancellationToken),
        NcclOperation collective => CollectiveCompilation.CompileAsync(collective, scope, cancellationToken),
        _ => throw new NotSupportedException($"Operation '{operation.Name}' is of a kind that cannot be compiled: {operation.GetType().Name}."),
    };
}
