using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>One operation, or the sum of several where the tables have no data for the one (specification 4.8).</summary>
internal sealed class FallbackAlternatives(string name, CompiledOperation primary, OperationGroup parts) : CompiledOperation(name, 1)
{
    public override OperationCost Context(in ContextShape shape)
    {
        var cost = primary.Context(shape);
        return double.IsNaN(cost.LatencyMs) && primary.HasRate ? OperationCost.Whole(parts.Context(shape)) : cost;
    }

    public override OperationCost Generation(in GenerationShape shape)
    {
        var cost = primary.Generation(shape);
        return double.IsNaN(cost.LatencyMs) && primary.HasRate ? OperationCost.Whole(parts.Generation(shape)) : cost;
    }

    public override PerformanceException ContextMiss(in ContextShape shape) => Both(primary.ContextMiss(shape), parts.ContextMiss(shape));

    public override PerformanceException GenerationMiss(in GenerationShape shape) => Both(primary.GenerationMiss(shape), parts.GenerationMiss(shape));

    private PerformanceException Both(PerformanceException first, PerformanceException? second) =>
        primary.HasRate && second is NoPerformanceDataException
            ? new NoPerformanceDataException($"{second.Message} It is asked because of this: {first.Message}")
            : primary.HasRate && second is not null ? second : first;
}
