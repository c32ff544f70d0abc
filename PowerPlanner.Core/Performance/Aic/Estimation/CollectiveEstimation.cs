using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>
/// Collectives from the utilization of measured ones over the message (specification, chapter 11): that of the largest measured group up to the asked one, at the
/// light of the asked one.
/// </summary>
internal static class CollectiveEstimation
{
    public static async ValueTask<CompiledOperation> CompileAsync(AllReduceOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var curve = await CollectiveCompilation.CurveAsync(operation, scope, cancellationToken).ConfigureAwait(false);
        return Compile(
            operation, SpeedOfLight.Of(operation, scope), operation.HiddenSize, curve, CollectiveRoofline.AllReduceMs(curve.Gpus, scope.System));
    }

    public static async ValueTask<CompiledOperation> CompileAsync(NcclOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var curve = await CollectiveCompilation.CurveAsync(operation, scope, cancellationToken).ConfigureAwait(false);
        return Compile(
            operation, SpeedOfLight.Of(operation, scope), operation.ElementsPerToken, curve,
            CollectiveRoofline.NcclMs(operation.Collective, operation.Communication, curve.Gpus, scope.System));
    }

    private static CompiledOperation Compile(Operation operation, Func<double, double> light, double elementsPerToken, CollectiveCurve curve, double lightPerElement)
    {
        var samples = new UtilizationSamples();
        foreach (var (size, leaf) in curve.Points)
        {
            samples.Add(1, 1, size, leaf.LatencyMs, lightPerElement * size);
        }

        var utilization = samples.Build(along: 2);
        return utilization.IsEmpty
            ? EmpiricalCompilation.Missing(operation, curve.Reason)
            : new EstimatedTokens(operation, TokenBasis.Tokens, tokens => light(tokens) / utilization.At(1, 1, tokens * elementsPerToken));
    }
}
