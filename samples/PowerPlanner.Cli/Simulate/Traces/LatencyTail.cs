namespace PowerPlanner.Cli.Simulate.Traces;

/// <summary>
/// How many of a tick's requests meet a latency target. The fleet's latency is that of a queue with one server, random arrivals and exponential
/// service (M/M/1): mean = s/(1 − u) with service time s and utilization u. The same queue's waiting time is longer than x with probability
/// <c>u · exp(−x · (1 − u)/s)</c>, so the share within a target T ≥ s is <c>1 − u · exp(−(T − s) · (1 − u)/s)</c>, and nobody is served faster
/// than s. From u = 1 on the queue grows without end: nobody meets the target.
/// </summary>
internal static class LatencyTail
{
    // The fleet's own bound of the mean, which is where it stops to be s/(1 − u).
    private const double MostQueueing = 10;

    /// <param name="meanMs">The tick's mean, queueing included, ms.</param>
    /// <param name="utilization">The tick's utilization; may be infinite.</param>
    /// <param name="targetMs">The target, ms.</param>
    /// <returns>A share, 0 to 1.</returns>
    public static double ShareWithin(double meanMs, double utilization, double targetMs)
    {
        if (!(utilization < 1))
        {
            return 0;
        }

        var service = meanMs / Math.Min(MostQueueing, 1 / (1 - utilization));
        return targetMs < service ? 0 : 1 - (utilization * Math.Exp(-(targetMs - service) * (1 - utilization) / service));
    }
}
