namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>The backend's own all-reduce of hidden-size elements a token over the tensor-parallel group (specification 4.5).</summary>
internal sealed record AllReduceOperation(string Name, long HiddenSize, int Gpus, double Scale) : Operation(Name, Scale);
