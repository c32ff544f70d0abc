namespace PowerPlanner.Feedback;

/// <summary>
/// How close a side is to its planned capacity. From a bound on its latencies measure the queue as well as the GPU, and must not raise a
/// coefficient: one pegged by overload would declare every plan infeasible in the very situation that needs one. They may lower it: the GPU is
/// at least as fast as it looks.
/// </summary>
public static class Saturation
{
    /// <summary>
    /// Utilization from which queueing alone may peg a latency coefficient (below saturation it still reaches it): such a peg is no reason for a
    /// critical message.
    /// </summary>
    public const double ExplainsLatencyPeg = 0.3;

    /// <summary>
    /// Utilization of a side: offered tokens/s over <c>(ISL + OSL) · capacity</c>, or requests/s over capacity where tokens are not known.
    /// Infinite where something is offered and nothing serves; null where the load is not known.
    /// </summary>
    /// <param name="tokensPerSecond">Offered tokens/s, both directions; null = absent.</param>
    /// <param name="requests">Requests in the window; null = absent.</param>
    /// <param name="window">Length of the window.</param>
    /// <param name="tokensPerRequest">ISL + OSL of the plan, tokens.</param>
    /// <param name="capacityRequestsPerSecond">What the side's ready replicas can serve with no utilization factor (δ = 1), requests/s.</param>
    public static double? Utilization(double? tokensPerSecond, double? requests, TimeSpan window, double tokensPerRequest, double capacityRequestsPerSecond)
    {
        var load = tokensPerSecond / tokensPerRequest ?? requests / window.TotalSeconds;
        return load switch
        {
            null => null,
            { } offered when !double.IsFinite(offered) => null,
            <= 0 => 0,
            { } offered => capacityRequestsPerSecond > 0 ? offered / capacityRequestsPerSecond : double.PositiveInfinity,
        };
    }

    /// <summary>Whether a side's latencies are only upper bounds. Under an unknown utilization they are not.</summary>
    /// <param name="utilization">Utilization; null = unknown.</param>
    /// <param name="bound">Utilization from which on they are, in (0, 1].</param>
    public static bool IsReached(double? utilization, double bound) => utilization is { } u && Threshold.IsAtLeast(u, bound);
}
