using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Two groups of operations at the same time (specification 4.8).</summary>
internal static class OverlapCompilation
{
    public static CompiledOperation Compile(string name, OperationGroup first, OperationGroup second) =>
        first.IsTokensOnly && second.IsTokensOnly ? new OverTokens(name, first, second) : new OverShapes(name, first, second);

    private static OperationCost Overlap(in OperationCost first, in OperationCost second)
    {
        var latency = double.IsNaN(first.LatencyMs) || double.IsNaN(second.LatencyMs) ? double.NaN : Math.Max(first.LatencyMs, second.LatencyMs);
        return OperationCost.Whole((first + second) with { LatencyMs = latency });
    }

    /// <summary>What the tokens of a step alone decide; it can be tabulated with its like.</summary>
    private sealed class OverTokens(string name, OperationGroup first, OperationGroup second) : TokenOperation(name, 1, TokenBasis.Tokens)
    {
        public override OperationCost Evaluate(double tokens) => Overlap(first.Evaluate(tokens), second.Evaluate(tokens));

        public override PerformanceException Miss(double tokens)
        {
            var shape = new GenerationShape((long)tokens, 1);
            return first.GenerationMiss(shape) ?? second.GenerationMiss(shape) ?? NoMiss(Name);
        }
    }

    private sealed class OverShapes(string name, OperationGroup first, OperationGroup second) : CompiledOperation(name, 1)
    {
        public override OperationCost Context(in ContextShape shape) => Overlap(first.Context(shape), second.Context(shape));

        public override OperationCost Generation(in GenerationShape shape) => Overlap(first.Generation(shape), second.Generation(shape));

        public override PerformanceException ContextMiss(in ContextShape shape) => first.ContextMiss(shape) ?? second.ContextMiss(shape) ?? NoMiss(Name);

        public override PerformanceException GenerationMiss(in GenerationShape shape) =>
            first.GenerationMiss(shape) ?? second.GenerationMiss(shape) ?? NoMiss(Name);
    }

    private static NoPerformanceDataException NoMiss(string name) => new($"Operation '{name}' has no latency although each of its parts has one.");
}
