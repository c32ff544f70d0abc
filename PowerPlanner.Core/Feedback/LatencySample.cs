namespace PowerPlanner.Feedback;

/// <summary>A latency of one window beside the model's. <c>default</c> is absent and teaches nothing.</summary>
/// <param name="MeasuredMs">Measured mean, ms, queueing taken out where it is known; null = absent.</param>
/// <param name="ModelledMs">The model's own latency at the operating point, uncorrected, ms.</param>
/// <param name="IsFrozen">
/// Whether the reading must teach nothing: the side is saturated (<see cref="Saturation"/>), or the window straddles a change of it.
/// </param>
public readonly record struct LatencySample(double? MeasuredMs, double ModelledMs, bool IsFrozen)
{
    /// <summary>Measured over modelled; null where it would mean nothing.</summary>
    public double? Ratio => MeasuredMs is > 0 and var measured && double.IsFinite(measured) && ModelledMs > 0 && double.IsFinite(ModelledMs)
        ? measured / ModelledMs
        : null;
}
