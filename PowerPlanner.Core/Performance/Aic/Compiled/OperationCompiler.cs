using PowerPlanner.Performance.Aic.Estimation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Which code compiles which operation: the one place that a new kind of operation is entered.</summary>
internal static class OperationCompiler
{
    public static async ValueTask<CompiledOperation[]> CompileAsync(IReadOnlyList<Operation> operations, CompileScope scope, CancellationToken cancellationToken)
    {
        var compiled = new List<CompiledOperation>(operations.Count);
        foreach (var operation in operations)
        {
            var first = compiled.Count;

            // A dispatch is several collectives under one name: costs of one name are folded.
            if (operation is MoeDispatchOperation dispatch)
            {
                compiled.AddRange(await MoeDispatchCompilation.CompileAsync(dispatch, scope, cancellationToken).ConfigureAwait(false));
            }
            else
            {
                compiled.Add(await CompileAsync(operation, scope, cancellationToken).ConfigureAwait(false));
            }

            for (var i = first; i < compiled.Count; i++)
            {
                compiled[i].Source = operation;
            }
        }

        return [.. compiled];
    }

    public static ValueTask<CompiledOperation> CompileAsync(Operation operation, CompileScope scope, CancellationToken cancellationToken) => operation switch
    {
        ElementwiseOperation elementwise => new(FormulaCompilation.Compile(elementwise, scope)),
        EmbeddingOperation embedding => new(FormulaCompilation.Compile(embedding, scope)),
        PointToPointOperation transfer => new(FormulaCompilation.Compile(transfer, scope)),
        FallbackOperation fallback => CompileFallbackAsync(fallback, scope, cancellationToken),
        OverlapOperation overlap => CompileOverlapAsync(overlap, scope, cancellationToken),
        _ => scope.Mode switch
        {
            AicEstimationMode.SpeedOfLight => new(SpeedOfLightCompilation.Compile(operation, scope)),
            AicEstimationMode.Empirical => EmpiricalCompilation.CompileAsync(operation, scope, cancellationToken),
            AicEstimationMode.Hybrid => HybridAsync(operation, scope, cancellationToken),
            _ => MeasuredAsync(operation, scope, cancellationToken),
        },
    };

    private static async ValueTask<CompiledOperation> HybridAsync(Operation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var measured = await MeasuredAsync(operation, scope, cancellationToken).ConfigureAwait(false);
        return measured.AlwaysAnswers
            ? measured
            : MeasuredFirst.Of(measured, await EmpiricalCompilation.CompileAsync(operation, scope, cancellationToken).ConfigureAwait(false));
    }

    private static ValueTask<CompiledOperation> MeasuredAsync(Operation operation, CompileScope scope, CancellationToken cancellationToken) => operation switch
    {
        GemmOperation gemm => GemmCompilation.CompileAsync(gemm, scope, cancellationToken),
        ContextAttentionOperation attention => ContextAttentionCompilation.CompileAsync(attention, scope, cancellationToken),
        GenerationAttentionOperation attention => GenerationAttentionCompilation.CompileAsync(attention, scope, cancellationToken),
        ContextMlaOperation attention => MlaCompilation.CompileAsync(attention, scope, cancellationToken),
        GenerationMlaOperation attention => MlaCompilation.CompileAsync(attention, scope, cancellationToken),
        MlaContextModuleOperation module => MlaCompilation.CompileAsync(module, scope, cancellationToken),
        MlaGenerationModuleOperation module => MlaCompilation.CompileAsync(module, scope, cancellationToken),
        MlaBmmOperation product => MlaCompilation.CompileAsync(product, scope, cancellationToken),
        MoeOperation experts => MoeCompilation.CompileAsync(experts, scope, cancellationToken),
        AllReduceOperation allReduce => CollectiveCompilation.CompileAsync(allReduce, scope, cancellationToken),
        NcclOperation collective => CollectiveCompilation.CompileAsync(collective, scope, cancellationToken),
        _ => throw new NotSupportedException($"Operation '{operation.Name}' is of a kind that cannot be compiled: {operation.GetType().Name}."),
    };

    /// <summary>
    /// The parts are compiled only where they can be asked: their tables are the larger ones. Measured parts come before an estimate of the one
    /// (specification, chapter 11).
    /// </summary>
    private static async ValueTask<CompiledOperation> CompileFallbackAsync(FallbackOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var primary = scope.Mode == AicEstimationMode.Hybrid
            ? await MeasuredAsync(operation.Primary, scope, cancellationToken).ConfigureAwait(false)
            : await CompileAsync(operation.Primary, scope, cancellationToken).ConfigureAwait(false);
        return primary.AlwaysAnswers || !primary.HasRate
            ? primary
            : new FallbackAlternatives(
                operation.Name, primary, new OperationGroup(await CompileAsync(operation.Parts, scope, cancellationToken).ConfigureAwait(false)));
    }

    private static async ValueTask<CompiledOperation> CompileOverlapAsync(OverlapOperation operation, CompileScope scope, CancellationToken cancellationToken) =>
        OverlapCompilation.Compile(
            operation.Name,
            new OperationGroup(await CompileAsync(operation.First, scope, cancellationToken).ConfigureAwait(false)),
            new OperationGroup(await CompileAsync(operation.Second, scope, cancellationToken).ConfigureAwait(false)));
}
