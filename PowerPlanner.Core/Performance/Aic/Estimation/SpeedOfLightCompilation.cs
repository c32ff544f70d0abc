using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>Operations at the speed of light (specification, chapter 11, SOL): no table is read.</summary>
internal static class SpeedOfLightCompilation
{
    public static CompiledOperation Compile(Operation operation, CompileScope scope)
    {
        var missing = SpeedOfLight.MissingRate(operation, scope);
        return operation switch
        {
            // Static scales only take away, and never more than light allows: what is left is the product.
            GemmOperation gemm => new EstimatedTokens(gemm, gemm.Basis, SpeedOfLight.Of(gemm, scope), missing),
            MoeOperation experts => Tokens(SpeedOfLight.Of(experts, scope)),
            MlaBmmOperation product => Tokens(SpeedOfLight.Of(product, scope)),
            AllReduceOperation { Gpus: <= 1 } or NcclOperation { Gpus: <= 1 } => CurveOperation.Formula(operation.Name, operation.Scale, 0, 0),
            AllReduceOperation allReduce => Tokens(SpeedOfLight.Of(allReduce, scope)),
            NcclOperation collective => Tokens(SpeedOfLight.Of(collective, scope)),
            ContextAttentionOperation attention => Attention(attention),
            GenerationAttentionOperation attention => new EstimatedStep(attention, SpeedOfLight.Of(attention, scope), missing),
            ContextMlaOperation attention => new EstimatedStep(attention, SpeedOfLight.Of(attention, scope), missing),
            GenerationMlaOperation attention => new EstimatedStep(attention, SpeedOfLight.Of(attention, scope), missing),
            MlaContextModuleOperation module => new EstimatedStep(module, SpeedOfLight.Of(module, scope), missing),
            MlaGenerationModuleOperation module => new EstimatedStep(module, SpeedOfLight.Of(module, scope), missing),
            _ => throw new NotSupportedException($"Operation '{operation.Name}' is of a kind that has no speed of light: {operation.GetType().Name}."),
        };

        EstimatedTokens Tokens(Func<double, double> light) => new(operation, TokenBasis.Tokens, light, missing);

        EstimatedStep Attention(ContextAttentionOperation attention)
        {
            var (light, extras) = (SpeedOfLight.Of(attention, scope), ContextAttentionCompilation.ExtrasMs(attention, scope));
            return new EstimatedStep(attention, (batch, newTokens, prefix) => light(batch, newTokens, prefix) + extras, missing);
        }
    }
}
