namespace PowerPlanner.Performance;

/// <summary>
/// A performance model with its own composition of prefill and decode in one engine (chunked prefill, mixed steps). Models without it
/// are composed by the planner: <c>batch · dp · pp · 1000 / (TTFT + ITL · (OSL − 1))</c> requests/s a replica.
/// </summary>
public interface IAggregatedPerformanceModel : IPerformanceModel
{
    /// <summary>One engine that serves both phases at a steady batch.</summary>
    /// <exception cref="NoPerformanceDataException">The model has no data at this point.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value that no engine can have.</exception>
    AggregatedEstimate EstimateAggregated(AggregatedQuery query);
}
