using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>An operation as measured, and as estimated where the tables have no answer (specification, chapter 11, HYBRID).</summary>
internal static class MeasuredFirst
{
    public static CompiledOperation Of(CompiledOperation measured, CompiledOperation estimated) => (measured, estimated) switch
    {
        (MissingOperation, _) => estimated,
        (_, MissingOperation) => measured,
        (TokenOperation left, TokenOperation right) => new OverTokens(left, right),
        _ => new OverShapes(measured, estimated),
    };

    private sealed class OverTokens(TokenOperation measured, TokenOperation estimated) : TokenOperation(measured.Name, measured.Scale, measured.Basis)
    {
        public override bool HasRate => estimated.HasRate;

        public override OperationCost Evaluate(double tokens)
        {
            var cost = measured.Evaluate(tokens);
            return double.IsNaN(cost.LatencyMs) ? estimated.Evaluate(tokens) : cost;
        }

        public override PerformanceException Miss(double tokens) => estimated.Miss(tokens);
    }

    private sealed class OverShapes(CompiledOperation measured, CompiledOperation estimated) : CompiledOperation(measured.Name, measured.Scale)
    {
        public override bool HasRate => estimated.HasRate;

        public override OperationCost Context(in ContextShape shape)
        {
            var cost = measured.Context(shape);
            return double.IsNaN(cost.LatencyMs) ? estimated.Context(shape) : cost;
        }

        public override OperationCost Generation(in GenerationShape shape)
        {
            var cost = measured.Generation(shape);
            return double.IsNaN(cost.LatencyMs) ? estimated.Generation(shape) : cost;
        }

        public override PerformanceException ContextMiss(in ContextShape shape) => estimated.ContextMiss(shape);

        public override PerformanceException GenerationMiss(in GenerationShape shape) => estimated.GenerationMiss(shape);
    }
}
