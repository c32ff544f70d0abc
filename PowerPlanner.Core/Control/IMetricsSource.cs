namespace PowerPlanner.Control;

/// <summary>
/// Where a controller's observations come from: Prometheus, a log, a simulator. One call a tick, never two at once.
/// </summary>
/// <remarks>
/// A source reports what it knows and leaves out what it does not: an absent value is never zero. It need not check its numbers; the
/// controller refuses, counts and logs what is impossible. A call should end well within a tick; whatever it throws counts as "no
/// observation" and never stops the loop.
/// </remarks>
public interface IMetricsSource
{
    /// <summary>
    /// Whether the source can supply both latencies at all, though perhaps not in every window. A controller refuses one that cannot: nothing
    /// would tell it that its plan misses a target.
    /// </summary>
    /// <value>Default true.</value>
    bool SuppliesLatencies => true;

    /// <summary>Observes the deployment over the last window.</summary>
    /// <param name="cancellationToken">Cancelled when the tick is; the source must then return or throw soon.</param>
    /// <returns>What was observed; null where there is nothing to report.</returns>
    ValueTask<Observation?> ObserveAsync(CancellationToken cancellationToken);
}
