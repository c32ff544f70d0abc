namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Hand-over of activations between pipeline stages; <see cref="Operation.Scale"/> is stages − 1 (specification 4.5).</summary>
internal sealed record PointToPointOperation(string Name, long HiddenSize, int PipelineStages, double Scale) : Operation(Name, Scale);
