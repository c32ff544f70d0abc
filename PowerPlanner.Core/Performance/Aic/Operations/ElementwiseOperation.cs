namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Memory-bound work on 2-byte elements: reads and writes a number of elements for each token (specification 4.2).</summary>
internal sealed record ElementwiseOperation(string Name, long InputElements, long OutputElements, double Scale) : Operation(Name, Scale);
