using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

/// <summary>The usable readings of a deployment in one window. The default is a tick without data.</summary>
internal readonly record struct TickReading
{
    /// <summary>The window; null = there is no usable one.</summary>
    public ObservationWindow? Window { get; init; }

    /// <summary>Requests in the window.</summary>
    public double? Requests { get; init; }

    /// <summary>Mean time to first token, ms.</summary>
    public double? TtftMs { get; init; }

    /// <summary>The time to first token that is held against the target, ms: the 95th percentile where there is one.</summary>
    public double? JudgedTtftMs { get; init; }

    /// <summary>Mean inter-token latency, ms.</summary>
    public double? ItlMs { get; init; }

    /// <summary>The inter-token latency that is held against the target, ms.</summary>
    public double? JudgedItlMs { get; init; }

    /// <summary>Waiting contained in the time to first token, ms.</summary>
    public double? QueueingMs { get; init; }

    /// <summary>Offered tokens per second.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Draw of all boards, W.</summary>
    public double? TotalWatts { get; init; }

    /// <summary>Prefill, or the aggregated engines.</summary>
    public SideReading First { get; init; }

    /// <summary>Decode.</summary>
    public SideReading Second { get; init; }

    /// <summary>One side.</summary>
    public SideReading this[int index] => index == 0 ? First : Second;

    /// <summary>With one side replaced.</summary>
    public TickReading With(int index, in SideReading side) => index == 0 ? this with { First = side } : this with { Second = side };
}
