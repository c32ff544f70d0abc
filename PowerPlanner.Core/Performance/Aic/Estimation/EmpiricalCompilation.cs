using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>
/// Operations at the speed of light over the utilization that measurements near them reach (specification, chapter 11, EMPIRICAL). Compile-time reasons for which
/// there is no estimate are <see cref="MissingOperation"/>s.
/// </summary>
internal static class EmpiricalCompilation
{
    public static ValueTask<CompiledOperation> CompileAsync(Operation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        // Without a rate there is no light to scale.
        if (SpeedOfLight.MissingRate(operation, scope) is not null || operation is AllReduceOperation { Gpus: <= 1 } or NcclOperation { Gpus: <= 1 })
        {
            return new(SpeedOfLightCompilation.Compile(operation, scope));
        }

        return operation switch
        {
            GemmOperation gemm => GemmEstimation.CompileAsync(gemm, scope, cancellationToken),
            MoeOperation experts => ExpertsEstimation.CompileAsync(experts, scope, cancellationToken),
            AllReduceOperation allReduce => CollectiveEstimation.CompileAsync(allReduce, scope, cancellationToken),
            NcclOperation collective => CollectiveEstimation.CompileAsync(collective, scope, cancellationToken),
            ContextAttentionOperation attention => AttentionEstimation.CompileAsync(attention, scope, cancellationToken),
            GenerationAttentionOperation attention => AttentionEstimation.CompileAsync(attention, scope, cancellationToken),
            ContextMlaOperation attention => MlaEstimation.CompileAsync(attention, scope, cancellationToken),
            MlaContextModuleOperation module => MlaEstimation.CompileAsync(module, scope, cancellationToken),
            GenerationMlaOperation attention => MlaEstimation.CompileAsync(attention, scope, cancellationToken),
            MlaGenerationModuleOperation module => MlaEstimation.CompileAsync(module, scope, cancellationToken),
            MlaBmmOperation product => MlaEstimation.CompileAsync(product, scope, cancellationToken),
            _ => throw new NotSupportedException($"Operation '{operation.Name}' is of a kind that cannot be estimated: {operation.GetType().Name}."),
        };
    }

    /// <summary>An operation of whose kind nothing was measured that an estimate could start from.</summary>
    public static MissingOperation Missing(Operation operation, string reason) =>
        new(operation.Name, operation.Scale, $"{reason} There is nothing else to estimate it from.");
}
