using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Composition;

/// <summary>What one batch through an aggregated engine costs and yields.</summary>
/// <param name="RequestsPerSecond">Of one replica: all attention ranks and pipeline stages.</param>
/// <param name="Concurrency">Sequences in the replica.</param>
/// <param name="Cost">All steps of the batch.</param>
internal readonly record struct AggregatedCycle(
    double TtftMs, double ItlMs, double RequestMs, double RequestsPerSecond, double Concurrency, OperationCost Cost);
