using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>
/// An operation that the tables know nothing of: a table or slice is absent. It is an error of the queries that need it, not of the
/// compile step, because the other phase may answer.
/// </summary>
internal sealed class MissingOperation(string name, double scale, string reason) : CompiledOperation(name, scale)
{
    private static readonly OperationCost NoData = new(double.NaN, double.NaN, double.NaN, Provenance.Modelled);

    public override OperationCost Context(in ContextShape shape) => NoData;

    public override OperationCost Generation(in GenerationShape shape) => NoData;

    public override PerformanceException ContextMiss(in ContextShape shape) => Miss();

    public override PerformanceException GenerationMiss(in GenerationShape shape) => Miss();

    private NoPerformanceDataException Miss() => new($"Operation '{Name}': {reason}");
}
