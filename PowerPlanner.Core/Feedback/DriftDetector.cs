namespace PowerPlanner.Feedback;

/// <summary>
/// Decides when a plan no longer fits what is observed: hysteresis over ticks, so that one noisy window is no drift and a scrape gap no
/// recovery. Pure functions of state, tick and time; no allocation.
/// </summary>
/// <remarks>
/// Targets and capacity count together: any violation counts the tick. A tick without one resets the count, unless a signal that was violated is
/// now absent: then the count freezes, for at most <see cref="TickCount.LongestGapTicks"/> ticks. Ticks in the rate limit or a backoff are not counted, so
/// that the earliest sweep after a success is <c>interval + (ticks − 1) · tick</c> later. Readiness counts by itself; cap drift needs one tick.
/// A draw above the budget is always counted, reported after <see cref="ExcessTicks"/> ticks, and once per excursion.
/// </remarks>
public static class DriftDetector
{
    /// <summary>Ticks in a row with a draw above the budget before it is acted upon: enforcement of a new cap takes up to 15 s and windows overlap.</summary>
    public const int ExcessTicks = 3;

    private const DriftSignals Counted = DriftSignals.Ttft | DriftSignals.Itl | DriftSignals.Capacity;

    /// <summary>Whether too little time has passed since the last successful sweep.</summary>
    /// <param name="now">The instant of the tick.</param>
    /// <param name="lastSuccess">When the last sweep succeeded; null = never.</param>
    /// <param name="interval">Least time between sweeps.</param>
    public static bool IsRateLimited(TimeSpan now, TimeSpan? lastSuccess, TimeSpan interval) => now - lastSuccess < interval;

    /// <summary>Looks at one tick. An instant that is not after the last one changes nothing.</summary>
    /// <param name="state">What is remembered.</param>
    /// <param name="judgement">The tick, held against targets, capacity, plan and budget.</param>
    /// <param name="now">The instant of the tick, on a monotonic clock.</param>
    /// <param name="isHeld">Whether the rate limit holds, or the backoff after sweeps that found no better plan for this very cause.</param>
    /// <param name="isConverging">Whether a transition is under way: until it ends only a draw above the budget counts.</param>
    /// <param name="options">Ticks of hysteresis, and how often they come.</param>
    public static DriftDecision Advance(
        in DriftState state, in DriftJudgement judgement, TimeSpan now, bool isHeld, bool isConverging, FeedbackOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (now <= state.LastInstant)
        {
            return new DriftDecision(state, DriftSignals.None);
        }

        var next = AfterGap(state, now, options.TickInterval) with { LastInstant = now };
        next = CountExcess(next, judgement, out var due);
        if (isHeld || isConverging)
        {
            return new DriftDecision(next, due);
        }

        next = CountViolations(next, judgement);
        next = next with { Readiness = Count(next.Readiness, judgement, DriftSignals.Readiness) };
        due |= judgement.Violated & DriftSignals.CapDrift;
        due |= next.Violations.Ticks >= options.DriftConsecutiveTicks ? judgement.Violated & Counted : DriftSignals.None;
        due |= next.Readiness.Ticks >= options.DriftConsecutiveTicks ? judgement.Violated & DriftSignals.Readiness : DriftSignals.None;
        return new DriftDecision(next, due);
    }

    // Ticks that never came are a gap like ticks without data. Half a tick forgives a timer that is late.
    private static DriftState AfterGap(in DriftState state, TimeSpan now, TimeSpan tick) =>
        state.LastInstant is { } last && (now - last) / tick > TickCount.LongestGapTicks + 1.5
            ? state.AfterSweep() with { Excess = default }
            : state;

    private static DriftState CountViolations(in DriftState state, in DriftJudgement judgement)
    {
        var violated = judgement.Violated & Counted;
        if (violated != DriftSignals.None)
        {
            return state with { Violations = state.Violations.Violated(), LastViolated = violated };
        }

        var isSilent = (state.LastViolated & judgement.Absent) != DriftSignals.None;
        return state with { Violations = isSilent ? state.Violations.Silent() : default };
    }

    private static DriftState CountExcess(in DriftState state, in DriftJudgement judgement, out DriftSignals due)
    {
        var next = state with { Excess = Count(state.Excess, judgement, DriftSignals.MeasuredExcess) };
        var isOver = (judgement.Violated & DriftSignals.MeasuredExcess) != 0;
        var isReported = state.IsExcessReported && (isOver || (judgement.Absent & DriftSignals.MeasuredExcess) != 0);
        var report = isOver && !isReported && next.Excess.Ticks >= ExcessTicks;
        due = report ? DriftSignals.MeasuredExcess : DriftSignals.None;
        return next with { IsExcessReported = isReported || report };
    }

    private static TickCount Count(in TickCount count, in DriftJudgement judgement, DriftSignals signal) =>
        (judgement.Violated & signal) != 0 ? count.Violated()
        : (judgement.Absent & signal) != 0 ? count.Silent()
        : default;
}
