namespace PowerPlanner.Feedback;

/// <summary>What drift detection makes of a tick.</summary>
/// <param name="State">What to remember.</param>
/// <param name="Due">Signals that call for a sweep now; none = no sweep.</param>
public readonly record struct DriftDecision(DriftState State, DriftSignals Due)
{
    /// <summary>Whether a sweep is due.</summary>
    public bool IsDue => Due != DriftSignals.None;

    /// <summary>Whether it has to happen whatever the rate limit and the backoffs say.</summary>
    public bool IsUrgent => (Due & DriftSignals.MeasuredExcess) != 0;
}
