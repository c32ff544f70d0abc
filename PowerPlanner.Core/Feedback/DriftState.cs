namespace PowerPlanner.Feedback;

/// <summary>What drift detection remembers from tick to tick. Immutable; <c>default</c> has seen nothing.</summary>
public readonly record struct DriftState
{
    /// <summary>Ticks that violated a target or the capacity.</summary>
    public TickCount Violations { get; init; }

    /// <summary>What the last of them violated.</summary>
    public DriftSignals LastViolated { get; init; }

    /// <summary>Ticks with fewer replicas than planned.</summary>
    public TickCount Readiness { get; init; }

    /// <summary>Ticks with a draw above the budget.</summary>
    public TickCount Excess { get; init; }

    /// <summary>Whether this excursion above the budget has been reported: it is once.</summary>
    public bool IsExcessReported { get; init; }

    /// <summary>Instant of the last tick that was looked at.</summary>
    public TimeSpan? LastInstant { get; init; }

    /// <summary>The state after a successful sweep: violations are counted anew against the new plan.</summary>
    public DriftState AfterSweep() => this with { Violations = default, LastViolated = DriftSignals.None, Readiness = default };
}
