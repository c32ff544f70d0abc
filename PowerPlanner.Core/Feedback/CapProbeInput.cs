namespace PowerPlanner.Feedback;

/// <summary>What a cap probe has to know of one side on one tick.</summary>
internal readonly record struct CapProbeInput
{
    /// <summary>What the side's draw says about its cap; none where the window straddles a change.</summary>
    public PowerReadingKind Reading { get; init; }

    /// <summary>Mean draw of one GPU, W; null = absent.</summary>
    public double? WattsPerGpu { get; init; }

    /// <summary>Cap in force, W.</summary>
    public int CapWatts { get; init; }

    /// <summary>
    /// Cap that the plan wants, or that a kept probe has left, W. Where another is in force a trial would make a foreign cap the wanted one, so
    /// there is none.
    /// </summary>
    public int PlannedCapWatts { get; init; }

    /// <summary>Requests in the window; null = absent.</summary>
    public double? Requests { get; init; }

    /// <summary>Measured over modelled latency of the side, the larger of both for an aggregated engine; null = unknown.</summary>
    public double? LatencyRatio { get; init; }

    /// <summary>Utilization of the side; null = unknown.</summary>
    public double? Utilization { get; init; }

    /// <summary>Whether the plan's cap is the side's uncapped one: where the planner chose a lower cap it wanted the side held back.</summary>
    public bool IsPlannedUncapped { get; init; }

    /// <summary>Watts that the budget has left for each GPU of the side; null = unbounded. Give the sides in turn what the ones before left.</summary>
    public int? RoomWattsPerGpu { get; init; }

    /// <summary>Highest cap that the hardware accepts, W; null = unknown.</summary>
    public int? MaxCapWatts { get; init; }
}
