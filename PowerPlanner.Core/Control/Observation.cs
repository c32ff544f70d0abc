namespace PowerPlanner.Control;

/// <summary>
/// What a metrics source saw of a deployment during one window. Immutable. Every value may be absent (null), which is not zero: zero
/// requests in a window are an observation, no count of requests is none.
/// </summary>
/// <remarks>
/// Values are taken as they come; the controller refuses each number that is not finite, negative, impossible (power above twice the
/// nameplate, a latency above an hour, more than 10¹² tokens) or stale, as if it were absent, counts it and logs it once per cause.
/// </remarks>
public sealed record Observation
{
    /// <summary>Length of the window; null = one tick.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>How long ago the window ended; null = just now. Older than the freshness bound = stale: the observation teaches nothing.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>Requests that started in the window; real-valued, since a rate times a window is.</summary>
    public double? Requests { get; init; }

    /// <summary>Mean input length, tokens.</summary>
    public double? Isl { get; init; }

    /// <summary>Mean output length, tokens.</summary>
    public double? Osl { get; init; }

    /// <summary>Mean time to first token, ms.</summary>
    public double? TtftMs { get; init; }

    /// <summary>95th percentile of the time to first token, ms. Judged against the target instead of the mean where it is given.</summary>
    public double? TtftP95Ms { get; init; }

    /// <summary>Mean inter-token latency, ms.</summary>
    public double? ItlMs { get; init; }

    /// <summary>95th percentile of the inter-token latency, ms. Judged against the target instead of the mean where it is given.</summary>
    public double? ItlP95Ms { get; init; }

    /// <summary>Mean time that requests waited before their prefill started, ms; contained in <see cref="TtftMs"/> and not the model's business.</summary>
    public double? QueueingMs { get; init; }

    /// <summary>Input and output tokens offered per second.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Measured draw of all GPU boards of the deployment, W.</summary>
    public double? TotalWatts { get; init; }

    /// <summary>What is known of the prefill replicas.</summary>
    public RoleObservation? Prefill { get; init; }

    /// <summary>What is known of the decode replicas.</summary>
    public RoleObservation? Decode { get; init; }

    /// <summary>What is known of aggregated engines.</summary>
    public RoleObservation? Aggregated { get; init; }

    /// <summary>What is known of one role.</summary>
    /// <param name="role">The role.</param>
    public RoleObservation? Of(FleetRole role) => role switch
    {
        FleetRole.Prefill => Prefill,
        FleetRole.Decode => Decode,
        _ => Aggregated,
    };
}
