using PowerPlanner.Performance;

namespace PowerPlanner.Planning;

/// <summary>The engine of one role: how it performs and how many GPUs one replica takes.</summary>
/// <param name="Model">Performance of one replica in this layout.</param>
/// <param name="Layout">Parallel layout; its GPUs are those of one replica.</param>
public sealed record PlanningEngine(IPerformanceModel Model, EngineLayout Layout);
