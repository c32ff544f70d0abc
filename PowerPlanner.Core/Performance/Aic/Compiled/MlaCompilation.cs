using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Attention over compressed keys and values: kernels, whole modules, and the batched products of absorbed projections (specification 4.8).</summary>
internal static class MlaCompilation
{
    public static async ValueTask<CompiledOperation> CompileAsync(ContextMlaOperation operation, CompileScope scope, CancellationToken cancellationToken) => Context(
        operation, operation.Heads, operation.Attention, operation.KvCache, await MlaSlices.LoadAsync(operation, scope, cancellationToken).ConfigureAwait(false), scope);

    public static async ValueTask<CompiledOperation> CompileAsync(MlaContextModuleOperation operation, CompileScope scope, CancellationToken cancellationToken) => Context(
        operation, operation.Heads, operation.Attention, operation.KvCache, await MlaSlices.LoadAsync(operation, scope, cancellationToken).ConfigureAwait(false), scope);

    public static async ValueTask<CompiledOperation> CompileAsync(GenerationMlaOperation operation, CompileScope scope, CancellationToken cancellationToken) => Generation(
        operation, operation.Heads, operation.KvCache, product: null, await MlaSlices.LoadAsync(operation, scope, cancellationToken).ConfigureAwait(false), scope);

    public static async ValueTask<CompiledOperation> CompileAsync(MlaGenerationModuleOperation operation, CompileScope scope, CancellationToken cancellationToken) => Generation(
        operation, operation.Heads, operation.KvCache, operation.Gemm, await MlaSlices.LoadAsync(operation, scope, cancellationToken).ConfigureAwait(false), scope);

    public static async ValueTask<CompiledOperation> CompileAsync(MlaBmmOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var curve = await MlaSlices.LoadAsync(operation, scope, cancellationToken).ConfigureAwait(false);
        var (roofline, heads) = (Product(operation.Quantization, scope), curve.Heads);
        return curve.Points.Count == 0
            ? new MissingOperation(operation.Name, operation.Scale, curve.Reason(operation))
            : new MlaBmmProduct(
                operation,
                new HeldTokenCurve(curve.Points, tokens => roofline.Ms(tokens, heads), isSinglePointHeldBelow: true),
                operation.Heads / (double)heads,
                $"{curve.Table} ({curve.Stage}, {operation.Quantization.Name}, {heads} heads)",
                scope.MissingRate(operation.Quantization.Format, operation.Name));
    }

    public static ContextMlaRoofline Roofline(AttentionQuantization attention, KvCacheQuantization cache, CompileScope scope) =>
        new(cache.BytesPerElement, scope.FlopsOrNaN(attention.Format), scope.System.MemoryBandwidth);

    /// <param name="product">Format of the batched products within a module; null for the kernel alone.</param>
    public static GenerationMlaRoofline Roofline(KvCacheQuantization cache, GemmQuantization? product, CompileScope scope) => new(
        cache.BytesPerElement, scope.FlopsOrNaN(GenerationAttentionCompilation.Format(cache, scope)), scope.System.MemoryBandwidth,
        product is null ? default : Product(product, scope), product is null ? 0 : 2);

    public static MlaBmmRoofline Product(GemmQuantization quantization, CompileScope scope) =>
        new(quantization.BytesPerElement, scope.FlopsOrNaN(quantization.Format), scope.System.MemoryBandwidth);

    private static CompiledOperation Context(
        Operation operation, int heads, AttentionQuantization attention, KvCacheQuantization cache, MlaSlice slice, CompileScope scope) =>
        slice.Points.Length == 0
            ? new MissingOperation(operation.Name, operation.Scale, slice.Reason)
            : new CompiledContextMla(
                operation.Name,
                operation.Scale,
                new Grid<ContextMlaRoofline>(slice.Points, Roofline(attention, cache, scope), heads, squareRoot: true),
                $"{slice.Table} ({slice.Description}, {heads} heads)",
                scope.MissingRate(attention.Format, operation.Name));

    /// <param name="product">Format of the batched products within a module; null for the kernel alone.</param>
    private static CompiledOperation Generation(
        Operation operation, int heads, KvCacheQuantization cache, GemmQuantization? product, MlaSlice slice, CompileScope scope) =>
        slice.Points.Length == 0
            ? new MissingOperation(operation.Name, operation.Scale, slice.Reason)
            : new CompiledGenerationMla(
                operation.Name,
                operation.Scale,
                new Grid<GenerationMlaRoofline>(slice.Points, Roofline(cache, product, scope), heads, squareRoot: false),
                $"{slice.Table} ({slice.Description}, {heads} heads)",
                scope.MissingRate(GenerationAttentionCompilation.Format(cache, scope), operation.Name)
                ?? (product is null ? null : scope.MissingRate(product.Format, operation.Name)));
}
