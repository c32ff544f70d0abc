namespace PowerPlanner.Feedback;

/// <summary>
/// Finds out whether a side that draws its whole cap would draw more: raises the cap by a bounded step within the budget and lets the draw decide.
/// Immutable; <c>default</c> is idle and has tried nothing. One for each side; start again from <c>default</c> when the model or the plan changes.
/// </summary>
/// <remarks>
/// A cap hides the demand above it, so no reading can show that it is too low; latency alone cannot either, since queues and slow networks look
/// the same. Together they justify a trial: on three ticks in a row held down by the cap, serving requests, more than 5 % slower than the model
/// and not saturated; planned at its uncapped cap, with that cap in force, and 5 % of room in the budget. The verdict is the draw: at least 98 % of the new cap on three
/// ticks keeps it; the first that is lower undoes it, and then a pause of 10, 20, 40, 60 … ticks follows. After an undone probe the latency has to
/// exceed, by the same 5 %, what it was at the verdict: a fleet that is slow for another reason, and stays as it is, is not tried again.
/// </remarks>
internal readonly record struct CapProbe
{
    /// <summary>Ticks that speak for a probe before there is one, and readings before a verdict; so that two raises are at least as many ticks apart.</summary>
    public const int Ticks = 3;

    /// <summary>Ticks without a usable reading after which a raised cap is taken back unproven.</summary>
    public const int LongestSilenceTicks = 10;

    private const double SlowerThanModel = 1.05;
    private const double Followed = 0.98;
    private const int LeastStepPercent = 5;
    private const int MostStepPercent = 10;
    private const int FirstPauseTicks = 10;
    private const int LongestPauseTicks = 60;

    private static readonly CapProbeDecision Nothing = new(CapProbeAction.None, 0);

    /// <summary>Ticks in a row on which the cap seemed to hold back the work: power-limited, serving, slow, and not for a queue.</summary>
    public int LimitedTicks { get; init; }

    /// <summary>Ticks until the pause after an undone probe is over.</summary>
    public int PauseTicks { get; init; }

    /// <summary>Probes undone since the last one that was kept.</summary>
    public int UndoneInARow { get; init; }

    /// <summary>Latency over modelled latency at the last undone verdict; 0 = none.</summary>
    public double UndoneLatencyRatio { get; init; }

    /// <summary>The cap on trial, W; 0 = none.</summary>
    public int TrialCapWatts { get; init; }

    /// <summary>The cap to return to, W; 0 = none.</summary>
    public int FormerCapWatts { get; init; }

    /// <summary>Readings so far that followed the raised cap.</summary>
    public int FollowedTicks { get; init; }

    /// <summary>Ticks in a row without a usable reading under the raised cap.</summary>
    public int SilentTicks { get; init; }

    /// <summary>Whether a raised cap awaits its verdict.</summary>
    public bool IsPending => TrialCapWatts > 0;

    /// <summary>Looks at one tick, after the coefficients and the sweep, if any, of the same tick.</summary>
    /// <param name="input">The side.</param>
    /// <param name="options">Whether probing is on, and what counts as saturated.</param>
    /// <param name="decision">What to do.</param>
    /// <returns>What to remember. For <see cref="CapProbeAction.Raise"/> it takes the write to succeed; otherwise call <see cref="WriteFailed"/>.</returns>
    public CapProbe Advance(in CapProbeInput input, FeedbackOptions options, out CapProbeDecision decision)
    {
        decision = Nothing;
        if (!options.CapProbing || options.PowerLimitedBand == 0)
        {
            return default;
        }

        var next = this with
        {
            PauseTicks = Math.Max(0, PauseTicks - 1),
            LimitedTicks = SeemsHeldBack(input, options) ? Math.Min(LimitedTicks + 1, Ticks) : 0,
        };
        return IsPending ? next.Judge(input, out decision) : next.TryRaise(input, out decision);
    }

    /// <summary>The write of a raised cap failed: the probe ends, and the next one waits as if it had been undone.</summary>
    public CapProbe WriteFailed() => IsPending ? Ended(latencyRatio: null) : this;

    // All of it on each of the ticks: one slow window beside a healthy side at its cap raises nothing.
    private bool SeemsHeldBack(in CapProbeInput input, FeedbackOptions options) =>
        input.Reading == PowerReadingKind.PowerLimited
        && input.Requests is > 0
        && input.LatencyRatio is { } ratio && Threshold.IsAbove(ratio, Math.Max(1, UndoneLatencyRatio) * SlowerThanModel)
        && input.Utilization is { } utilization && !Saturation.IsReached(utilization, options.SaturationUtilization);

    private CapProbe TryRaise(in CapProbeInput input, out CapProbeDecision decision)
    {
        decision = Nothing;
        if (LimitedTicks < Ticks || PauseTicks > 0 || !input.IsPlannedUncapped || input.CapWatts != input.PlannedCapWatts)
        {
            return this;
        }

        // In 64 bits: a cap times 110 may not fit in 32, and room and cap may both be large.
        var cap = (long)input.CapWatts;
        var raised = cap * (100 + MostStepPercent) / 100;
        raised = Math.Min(raised, cap + (input.RoomWattsPerGpu ?? int.MaxValue));
        raised = Math.Min(raised, input.MaxCapWatts ?? int.MaxValue);
        if (raised * 100 < cap * (100 + LeastStepPercent))
        {
            return this;
        }

        decision = new CapProbeDecision(CapProbeAction.Raise, (int)raised);
        return this with
        {
            LimitedTicks = 0,
            TrialCapWatts = (int)raised,
            FormerCapWatts = input.CapWatts,
            FollowedTicks = 0,
            SilentTicks = 0,
        };
    }

    private CapProbe Judge(in CapProbeInput input, out CapProbeDecision decision)
    {
        decision = Nothing;

        // Windows from before the change, an idle side and a cap that is not in force yet say nothing about the trial.
        if (input.Reading == PowerReadingKind.None || input.WattsPerGpu is not { } watts || input.Requests is not > 0 || input.CapWatts != TrialCapWatts)
        {
            return SilentTicks < LongestSilenceTicks ? this with { SilentTicks = SilentTicks + 1 } : Undo(null, out decision);
        }

        // A cap that does not hold proves nothing about what happens when it is raised.
        if (input.Reading == PowerReadingKind.CapNotEnforced || !Threshold.IsAtLeast(watts, Followed * TrialCapWatts))
        {
            return Undo(input.LatencyRatio, out decision);
        }

        if (FollowedTicks + 1 < Ticks)
        {
            return this with { FollowedTicks = FollowedTicks + 1, SilentTicks = 0 };
        }

        decision = new CapProbeDecision(CapProbeAction.Keep, TrialCapWatts);
        return new CapProbe { LimitedTicks = LimitedTicks };
    }

    private CapProbe Undo(double? latencyRatio, out CapProbeDecision decision)
    {
        decision = new CapProbeDecision(CapProbeAction.Undo, FormerCapWatts);
        return Ended(latencyRatio);
    }

    private CapProbe Ended(double? latencyRatio) => new()
    {
        UndoneInARow = Math.Min(UndoneInARow + 1, 4),
        UndoneLatencyRatio = latencyRatio ?? UndoneLatencyRatio,
        PauseTicks = Math.Min(FirstPauseTicks << Math.Min(UndoneInARow, 3), LongestPauseTicks),
    };
}
