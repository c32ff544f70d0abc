using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>What one engine runs in a context and in a generation step, in the order of the specification's lists (5.4).</summary>
internal sealed record OperationLists(IReadOnlyList<Operation> Context, IReadOnlyList<Operation> Generation);
