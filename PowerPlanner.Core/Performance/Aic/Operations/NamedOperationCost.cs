namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Cost of the operations of one name.</summary>
internal readonly record struct NamedOperationCost(string Name, OperationCost Cost);
