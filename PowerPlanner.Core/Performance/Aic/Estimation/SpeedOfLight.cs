using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>
/// Speed of light of one layer of an operation (specification, chapter 3), ms, as a function of what a step hands to it: the tokens, or
/// sequences with their new and their cached tokens. NaN where the hardware has no rate for a number format.
/// </summary>
internal static class SpeedOfLight
{
    public static Func<double, double> Of(GemmOperation operation, CompileScope scope) =>
        new GemmRates(scope.FlopsOrNaN(operation.Quantization.Format), operation.Quantization.BytesPerElement, scope.System.MemoryBandwidth)
            .Roofline(operation.N, operation.K).Ms;

    public static Func<double, double> Of(MoeOperation operation, CompileScope scope)
    {
        var roofline = MoeCompilation.Roofline(operation, scope);
        double ranks = operation.AttentionDataParallel;
        return tokens => roofline.Ms(tokens * ranks);
    }

    public static Func<double, double> Of(MlaBmmOperation operation, CompileScope scope)
    {
        var roofline = MlaCompilation.Product(operation.Quantization, scope);
        double heads = operation.Heads;
        return tokens => roofline.Ms(tokens, heads);
    }

    public static Func<double, double> Of(AllReduceOperation operation, CompileScope scope)
    {
        var perToken = CollectiveRoofline.AllReduceMs(operation.Gpus, scope.System) * operation.HiddenSize;
        return tokens => perToken * tokens;
    }

    public static Func<double, double> Of(NcclOperation operation, CompileScope scope)
    {
        var perToken = CollectiveRoofline.NcclMs(operation.Collective, operation.Communication, operation.Gpus, scope.System) * operation.ElementsPerToken;
        return tokens => perToken * tokens;
    }

    public static EstimatedStep.Milliseconds Of(ContextAttentionOperation operation, CompileScope scope)
    {
        var roofline = ContextAttentionCompilation.Roofline(operation, scope);
        double heads = operation.Heads;
        return (batch, newTokens, prefix) => roofline.Ms(heads, newTokens, prefix, batch);
    }

    public static EstimatedStep.Milliseconds Of(GenerationAttentionOperation operation, CompileScope scope)
    {
        var roofline = GenerationAttentionCompilation.Roofline(operation, scope);
        double heads = operation.Heads;
        return (batch, newTokens, prefix) => roofline.Ms(heads, batch, newTokens + prefix);
    }

    public static EstimatedStep.Milliseconds Of(ContextMlaOperation operation, CompileScope scope) =>
        ContextMla(operation.Heads, operation.Attention, operation.KvCache, scope);

    /// <summary>As the kernel alone: the specification has no other formula for it.</summary>
    public static EstimatedStep.Milliseconds Of(MlaContextModuleOperation operation, CompileScope scope) =>
        ContextMla(operation.Heads, operation.Attention, operation.KvCache, scope);

    public static EstimatedStep.Milliseconds Of(GenerationMlaOperation operation, CompileScope scope) =>
        GenerationMla(operation.Heads, MlaCompilation.Roofline(operation.KvCache, product: null, scope));

    public static EstimatedStep.Milliseconds Of(MlaGenerationModuleOperation operation, CompileScope scope) =>
        GenerationMla(operation.Heads, MlaCompilation.Roofline(operation.KvCache, operation.Gemm, scope));

    /// <summary>The error of an operation that needs a rate which the hardware does not state; null where it states all.</summary>
    public static MissingHardwareRateException? MissingRate(Operation operation, CompileScope scope) => operation switch
    {
        GemmOperation gemm => scope.MissingRate(gemm.Quantization.Format, operation.Name),
        MoeOperation experts => scope.MissingRate(experts.Quantization.Format, operation.Name),
        MlaBmmOperation product => scope.MissingRate(product.Quantization.Format, operation.Name),
        ContextAttentionOperation attention => scope.MissingRate(attention.Attention.Format, operation.Name),
        ContextMlaOperation attention => scope.MissingRate(attention.Attention.Format, operation.Name),
        MlaContextModuleOperation module => scope.MissingRate(module.Attention.Format, operation.Name),
        GenerationAttentionOperation attention => MissingRate(attention.KvCache, operation, scope),
        GenerationMlaOperation attention => MissingRate(attention.KvCache, operation, scope),
        MlaGenerationModuleOperation module => MissingRate(module.KvCache, operation, scope) ?? scope.MissingRate(module.Gemm.Format, operation.Name),
        _ => null,
    };

    private static MissingHardwareRateException? MissingRate(KvCacheQuantization cache, Operation operation, CompileScope scope) =>
        scope.MissingRate(GenerationAttentionCompilation.Format(cache, scope), operation.Name);

    private static EstimatedStep.Milliseconds ContextMla(int heads, AttentionQuantization attention, KvCacheQuantization cache, CompileScope scope)
    {
        var roofline = MlaCompilation.Roofline(attention, cache, scope);
        return (batch, newTokens, prefix) => roofline.Ms(heads, newTokens, prefix, batch);
    }

    private static EstimatedStep.Milliseconds GenerationMla(int heads, GenerationMlaRoofline roofline) =>
        (batch, newTokens, prefix) => roofline.Ms(heads, batch, newTokens + prefix);
}
