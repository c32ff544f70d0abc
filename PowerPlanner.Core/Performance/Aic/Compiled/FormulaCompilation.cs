using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Operations that are formulas: memory-bound work and transfers between pipeline stages (specification 4.2, 4.5).</summary>
internal static class FormulaCompilation
{
    private const int BytesPerElement = 2;

    public static CompiledOperation Compile(ElementwiseOperation operation, CompileScope scope) =>
        Memory(operation, BytesPerElement * ((double)operation.InputElements + operation.OutputElements), scope);

    public static CompiledOperation Compile(EmbeddingOperation operation, CompileScope scope) =>
        Memory(operation, BytesPerElement * (double)operation.HiddenSize, scope);

    public static CompiledOperation Compile(PointToPointOperation operation, CompileScope scope)
    {
        var system = scope.System;
        return operation.PipelineStages <= 1
            ? CurveOperation.Formula(operation.Name, operation.Scale, 0, 0)
            : CurveOperation.Formula(
                operation.Name,
                operation.Scale,
                system.PointToPointLatencySeconds * 1000,
                BytesPerElement * (double)operation.HiddenSize / system.InterNodeBandwidth * 1000);
    }

    private static CurveOperation Memory(Operation operation, double bytesPerToken, CompileScope scope) =>
        CurveOperation.Formula(operation.Name, operation.Scale, scope.MemoryConstantMs, scope.MemoryMsPerByte * bytesPerToken);
}
