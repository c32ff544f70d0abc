namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Two groups of operations at the same time: the latency of the slower one, the energy of both (specification 4.8).</summary>
internal sealed record OverlapOperation(string Name, IReadOnlyList<Operation> First, IReadOnlyList<Operation> Second) : Operation(Name, 1)
{
    public override double WeightBytes => First.Sum(operation => operation.WeightBytes) + Second.Sum(operation => operation.WeightBytes);
}
