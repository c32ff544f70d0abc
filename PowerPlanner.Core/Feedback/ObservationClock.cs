namespace PowerPlanner.Feedback;

/// <summary>
/// Keeps time going forward: an instant, or a window's end, that is not after the last one is ignored, so that a doubled tick, a late sample or
/// a clock that jumps back neither teaches nor counts. <c>default</c> has seen nothing and admits anything.
/// </summary>
/// <param name="LastInstant">Instant of the last admitted tick.</param>
/// <param name="LastWindowEnd">End of the last admitted window.</param>
public readonly record struct ObservationClock(TimeSpan? LastInstant, TimeSpan? LastWindowEnd)
{
    /// <summary>Admits a tick that brought no usable observation.</summary>
    /// <param name="now">The instant of the tick.</param>
    /// <param name="next">The clock after the tick; this one where the tick is out of order.</param>
    public ReadingFault Admit(TimeSpan now, out ObservationClock next)
    {
        if (now <= LastInstant)
        {
            next = this;
            return ReadingFault.OutOfOrder;
        }

        next = this with { LastInstant = now };
        return ReadingFault.None;
    }

    /// <summary>Admits a tick and its observation. Where only the window is out of order the tick still counts as one without data.</summary>
    /// <param name="now">The instant of the tick.</param>
    /// <param name="window">The window of the observation.</param>
    /// <param name="next">The clock after the tick.</param>
    public ReadingFault Admit(TimeSpan now, in ObservationWindow window, out ObservationClock next)
    {
        if (Admit(now, out next) is not ReadingFault.None and var fault)
        {
            return fault;
        }

        if (window.End <= LastWindowEnd)
        {
            return ReadingFault.OutOfOrder;
        }

        next = next with { LastWindowEnd = window.End };
        return ReadingFault.None;
    }
}
