using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>
/// Operations over compressed keys and values from the utilization of measured ones (specification, chapter 11), over the axes of their tables; one
/// sample at the asked length, no slice stands in for another.
/// </summary>
internal static class MlaEstimation
{
    private const int Inner = 2;

    public static async ValueTask<CompiledOperation> CompileAsync(ContextMlaOperation operation, CompileScope scope, CancellationToken cancellationToken) => Context(
        operation, operation.Heads, MlaCompilation.Roofline(operation.Attention, operation.KvCache, scope), SpeedOfLight.Of(operation, scope),
        await MlaSlices.LoadAsync(operation, scope, cancellationToken).ConfigureAwait(false));

    public static async ValueTask<CompiledOperation> CompileAsync(MlaContextModuleOperation operation, CompileScope scope, CancellationToken cancellationToken) => Context(
        operation, operation.Heads, MlaCompilation.Roofline(operation.Attention, operation.KvCache, scope), SpeedOfLight.Of(operation, scope),
        await MlaSlices.LoadAsync(operation, scope, cancellationToken).ConfigureAwait(false));

    public static async ValueTask<CompiledOperation> CompileAsync(GenerationMlaOperation operation, CompileScope scope, CancellationToken cancellationToken) => Generation(
        operation, operation.Heads, MlaCompilation.Roofline(operation.KvCache, product: null, scope), SpeedOfLight.Of(operation, scope),
        await MlaSlices.LoadAsync(operation, scope, cancellationToken).ConfigureAwait(false));

    public static async ValueTask<CompiledOperation> CompileAsync(MlaGenerationModuleOperation operation, CompileScope scope, CancellationToken cancellationToken) => Generation(
        operation, operation.Heads, MlaCompilation.Roofline(operation.KvCache, operation.Gemm, scope), SpeedOfLight.Of(operation, scope),
        await MlaSlices.LoadAsync(operation, scope, cancellationToken).ConfigureAwait(false));

    /// <summary>A product is proportional to its heads, so that the curve of the next power of two serves as it is.</summary>
    public static async ValueTask<CompiledOperation> CompileAsync(MlaBmmOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var curve = await MlaSlices.LoadAsync(operation, scope, cancellationToken).ConfigureAwait(false);
        var roofline = MlaCompilation.Product(operation.Quantization, scope);
        var samples = new UtilizationSamples();
        foreach (var (tokens, leaf) in curve.Points)
        {
            samples.Add(1, 1, tokens, leaf.LatencyMs, roofline.Ms(tokens, curve.Heads));
        }

        var (light, utilization) = (SpeedOfLight.Of(operation, scope), samples.Build(Inner));
        return utilization.IsEmpty
            ? EmpiricalCompilation.Missing(operation, curve.Reason(operation))
            : new EstimatedTokens(operation, TokenBasis.Tokens, tokens => light(tokens) / utilization.At(1, 1, tokens));
    }

    private static CompiledOperation Context(
        Operation operation, double heads, ContextMlaRoofline roofline, EstimatedStep.Milliseconds light, MlaSlice slice)
    {
        var utilization = GridUtilization.Of(slice.Points, roofline);
        return utilization.IsEmpty
            ? EmpiricalCompilation.Missing(operation, slice.Reason)
            : new EstimatedStep(operation, (batch, newTokens, prefix) => light(batch, newTokens, prefix) / utilization.At(heads, newTokens + prefix, batch));
    }

    private static CompiledOperation Generation(
        Operation operation, double heads, GenerationMlaRoofline roofline, EstimatedStep.Milliseconds light, MlaSlice slice)
    {
        var utilization = GridUtilization.Of(slice.Points, roofline);
        return utilization.IsEmpty
            ? EmpiricalCompilation.Missing(operation, slice.Reason)
            : new EstimatedStep(operation, (batch, newTokens, prefix) => light(batch, newTokens, prefix) / utilization.At(heads, batch, newTokens + prefix));
    }
}
