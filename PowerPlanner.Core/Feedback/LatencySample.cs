namespace PowerPlanner.Feedback;

/// <summary>A latency of one window beside the model's. <c>default</c> is absent and teaches nothing.</summary>
/// <param name="MeasuredMs">Measured mean, ms, queueing taken out where it is known; null = absent.</param>
/// <param name="ModelledMs">The model's own latency at the operating point, uncorrected, ms.</param>
/// <param name="IsStraddled">Whether the window straddles a change of the side: it teaches nothing.</param>
public readonly record struct LatencySample(double? MeasuredMs, double ModelledMs, bool IsStraddled)
{
    /// <summary>
    /// Whether the side is saturated (<see cref="Saturation"/>): the reading then holds a queue as well, so it bounds the model's latency from
    /// above, and may lower its coefficient but never raise it.
    /// </summary>
    public bool IsSaturated { get; init; }

    /// <summary>Measured over modelled; null where it would mean nothing.</summary>
    public double? Ratio => MeasuredMs is > 0 and var measured && double.IsFinite(measured) && ModelledMs > 0 && double.IsFinite(ModelledMs)
        ? measured / ModelledMs
        : null;
}
