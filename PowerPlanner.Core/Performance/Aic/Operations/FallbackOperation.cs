namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>One operation that stands for several where the tables have it; where they have no data for it the several are added up (specification 4.8).</summary>
/// <param name="Primary">Asked first.</param>
/// <param name="Parts">Asked where it has no data. They hold the weights.</param>
internal sealed record FallbackOperation(string Name, Operation Primary, IReadOnlyList<Operation> Parts) : Operation(Name, 1)
{
    public override double WeightBytes => Parts.Sum(part => part.WeightBytes);
}
