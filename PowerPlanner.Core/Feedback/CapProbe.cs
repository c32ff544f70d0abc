namespace PowerPlanner.Feedback;

/// <summary>
/// Finds out whether a side that draws its whole cap would draw more: raises the cap by a bounded step within the budget and lets the draw decide.
/// Immutable; <c>default</c> is idle and has tried nothing. One for each side; start again from <c>default</c> when the model changes, and give it up when
/// the plan does: a fleet whose plans change often is not to be tried as often.
/// </summary>
/// <remarks>
/// A cap hides the demand above it, so no reading can show that it is too low; latency alone cannot either, since queues and slow networks look
/// the same. Together they justify a trial: on three ticks in a row held down by the cap, serving requests, more than 5 % slower than the model
/// and not saturated; planned at its uncapped cap, with that cap in force, and 5 % of room in the budget. The verdict is the draw: at least 98 % of the new cap on three
/// ticks keeps it; the first that is lower undoes it, and then a pause of 10, 20, 40, 60 … ticks follows. After an undone probe the latency has to
/// exceed, by the same 5 %, what it was on all three ticks that called for it: a fleet that is slow for another reason, and stays as it is, is not tried
/// again for as long as that is remembered.
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

    // Long against the longest pause, yet not for ever: the draw may have failed to follow for a reason that has gone.
    private const int RememberedTicks = 4 * LongestPauseTicks;

    private static readonly CapProbeDecision Nothing = new(CapProbeAction.None, 0);

    /// <summary>Ticks in a row on which the cap seemed to hold back the work: power-limited, serving, slow, and not for a queue.</summary>
    public int LimitedTicks { get; init; }

    /// <summary>Ticks until the pause after an undone probe is over.</summary>
    public int PauseTicks { get; init; }

    /// <summary>Probes undone since the last one that was kept.</summary>
    public int UndoneInARow { get; init; }

    /// <summary>Latency over modelled latency that an undone probe could not mend; 0 = none.</summary>
    public double UndoneLatencyRatio { get; init; }

    /// <summary>Ticks for which that is still remembered.</summary>
    public int UndoneTicksLeft { get; init; }

    /// <summary>The least latency over modelled latency of the ticks that speak for a probe in a row; 0 = none.</summary>
    public double LeastLatencyRatio { get; init; }

    /// <summary>The same of those that called for the present trial; 0 = none.</summary>
    public double TrialLatencyRatio { get; init; }

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

        var left = Math.Max(0, UndoneTicksLeft - 1);
        var next = this with { PauseTicks = Math.Max(0, PauseTicks - 1), UndoneTicksLeft = left, UndoneLatencyRatio = left > 0 ? UndoneLatencyRatio : 0 };
        next = next.Watched(input, options);
        return IsPending ? next.Judge(input, out decision) : next.TryRaise(input, out decision);
    }

    /// <summary>The write of a raised cap failed: the probe ends, and the next one waits as if it had been undone.</summary>
    public CapProbe WriteFailed() => IsPending ? Ended(isJudged: false) : this;

    /// <summary>The side gets another cap for another reason: a trial ends without a verdict, and what was tried is not forgotten.</summary>
    public CapProbe GivenUp() => IsPending ? Ended(isJudged: false) : this with { LimitedTicks = 0, LeastLatencyRatio = 0 };

    private CapProbe Watched(in CapProbeInput input, FeedbackOptions options)
    {
        if (!SeemsHeldBack(input, options))
        {
            return this with { LimitedTicks = 0, LeastLatencyRatio = 0 };
        }

        var ratio = input.LatencyRatio!.Value;
        return this with { LimitedTicks = Math.Min(LimitedTicks + 1, Ticks), LeastLatencyRatio = LimitedTicks == 0 ? ratio : Math.Min(LeastLatencyRatio, ratio) };
    }

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
            LeastLatencyRatio = 0,
            TrialLatencyRatio = LeastLatencyRatio,
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
            return SilentTicks < LongestSilenceTicks ? this with { SilentTicks = SilentTicks + 1 } : Undo(isJudged: false, out decision);
        }

        // A cap that does not hold proves nothing about what happens when it is raised.
        if (input.Reading == PowerReadingKind.CapNotEnforced || !Threshold.IsAtLeast(watts, Followed * TrialCapWatts))
        {
            return Undo(isJudged: true, out decision);
        }

        if (FollowedTicks + 1 < Ticks)
        {
            return this with { FollowedTicks = FollowedTicks + 1, SilentTicks = 0 };
        }

        decision = new CapProbeDecision(CapProbeAction.Keep, TrialCapWatts);
        return new CapProbe { LimitedTicks = LimitedTicks, LeastLatencyRatio = LeastLatencyRatio };
    }

    private CapProbe Undo(bool isJudged, out CapProbeDecision decision)
    {
        decision = new CapProbeDecision(CapProbeAction.Undo, FormerCapWatts);
        return Ended(isJudged);
    }

    private CapProbe Ended(bool isJudged) => new()
    {
        UndoneInARow = Math.Min(UndoneInARow + 1, 4),
        UndoneLatencyRatio = isJudged ? Math.Max(TrialLatencyRatio, UndoneLatencyRatio) : UndoneLatencyRatio,
        UndoneTicksLeft = isJudged ? RememberedTicks : UndoneTicksLeft,
        PauseTicks = Math.Min(FirstPauseTicks << Math.Min(UndoneInARow, 3), LongestPauseTicks),
    };
}
