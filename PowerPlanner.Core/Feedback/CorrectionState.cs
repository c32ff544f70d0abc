using PowerPlanner.Performance;

namespace PowerPlanner.Feedback;

/// <summary>
/// The live corrections and what is remembered of each. An immutable value: every operation returns a new one, none allocates.
/// <c>default</c> is not a valid state; begin with <see cref="Start"/>.
/// </summary>
/// <remarks>
/// <c>c ← clamp(0.3 · observed / modelled + 0.7 · c, 0.5, 2)</c> for each coefficient whose gate is open, as far as readings agree
/// (<see cref="CoefficientState"/>). Gates: a latency needs requests, a positive reading and a window that straddles no change; a power needs
/// scheduled tokens on its own side, a positive reading and such a window. What only bounds the truth moves a coefficient one way: a latency of
/// a saturated side only down, since a queue can only add to it; a draw held down by its cap (<see cref="PowerReadingKind.PowerLimited"/>, up to
/// the cap) only up. A coefficient whose gate is closed stays as it is, bit for bit, for
/// <see cref="CoefficientState.SilentWindowsBeforeFading"/> windows; then it fades to its initial value. A belief in more draw than the cap of a
/// side that is not held back lets through fades towards that cap: were it true, a probe would prove it.
/// </remarks>
/// <param name="Ttft">Prefill latency.</param>
/// <param name="Itl">Inter-token latency.</param>
/// <param name="PowerPrefill">Power of the prefill side.</param>
/// <param name="PowerDecode">Power of the decode side.</param>
/// <param name="PowerAggregated">Power of an aggregated engine.</param>
public readonly record struct CorrectionState(
    CoefficientState Ttft, CoefficientState Itl, CoefficientState PowerPrefill, CoefficientState PowerDecode, CoefficientState PowerAggregated)
{
    /// <summary>The coefficients alone, as planning takes them.</summary>
    public Corrections Values => new(Ttft.Value, Itl.Value, PowerPrefill.Value, PowerDecode.Value, PowerAggregated.Value);

    /// <summary>Coefficients that no reading has moved yet.</summary>
    /// <param name="initial">Their first values, each in [0.5, 2].</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, or NaN.</exception>
    public static CorrectionState Start(in Corrections initial) => new(
        CoefficientState.Start(initial.Ttft),
        CoefficientState.Start(initial.Itl),
        CoefficientState.Start(initial.PowerPrefill),
        CoefficientState.Start(initial.PowerDecode),
        CoefficientState.Start(initial.PowerAggregated));

    /// <summary>One coefficient.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An undefined coefficient.</exception>
    public CoefficientState this[CorrectionKind kind] => kind switch
    {
        CorrectionKind.Ttft => Ttft,
        CorrectionKind.Itl => Itl,
        CorrectionKind.PowerPrefill => PowerPrefill,
        CorrectionKind.PowerDecode => PowerDecode,
        CorrectionKind.PowerAggregated => PowerAggregated,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, $"{kind} is no correction coefficient."),
    };

    /// <summary>Learns from one window. Numbers that are not finite or not positive are absent here too, whatever was checked before.</summary>
    /// <param name="sample">The window.</param>
    /// <param name="now">When it is learnt, on the caller's monotonic clock: since when a coefficient is at its bound.</param>
    /// <param name="options">The band around a cap, and how far meters err.</param>
    /// <param name="events">Coefficients that reached or left a bound.</param>
    public CorrectionState Update(in CorrectionSample sample, TimeSpan now, FeedbackOptions options, out CorrectionEvents events)
    {
        ArgumentNullException.ThrowIfNull(options);
        var hasRequests = sample.Requests is > 0;
        events = CorrectionEvents.None;
        return new CorrectionState(
            Latency(Ttft, sample.Ttft, hasRequests, now, CorrectionEvents.TtftPegged, ref events),
            Latency(Itl, sample.Itl, hasRequests, now, CorrectionEvents.ItlPegged, ref events),
            Power(PowerPrefill, sample.PowerPrefill, options, now, CorrectionEvents.PowerPrefillPegged, ref events),
            Power(PowerDecode, sample.PowerDecode, options, now, CorrectionEvents.PowerDecodePegged, ref events),
            Power(PowerAggregated, sample.PowerAggregated, options, now, CorrectionEvents.PowerAggregatedPegged, ref events));
    }

    /// <summary>
    /// Carries a coefficient over when the model's answer for the same operating point changes (model replaced, fallback ↔ prediction,
    /// validity): <c>c ← c · old / new</c>, clamped. Moving to another operating point of the same model is no such change. A coefficient that
    /// no reading has moved since its last base stays.
    /// </summary>
    /// <param name="kind">The coefficient.</param>
    /// <param name="oldDenominator">What it was relative to, W or ms. Not positive or not finite: nothing happens.</param>
    /// <param name="newDenominator">What it is relative to from now on, in the same unit.</param>
    public CorrectionState Rebase(CorrectionKind kind, double oldDenominator, double newDenominator) =>
        With(kind, this[kind].Rebase(oldDenominator, newDenominator));

    /// <summary>Raises a coefficient to what a kept cap probe has shown; one that is higher stays.</summary>
    /// <param name="kind">The coefficient.</param>
    /// <param name="floor">Cap over modelled power; cut to the coefficient's range.</param>
    public CorrectionState AtLeast(CorrectionKind kind, double floor) => With(kind, this[kind].AtLeast(floor));

    /// <summary>Forgets what was learnt about power, and keeps the latencies.</summary>
    /// <param name="initial">The power coefficients to return to, each in [0.5, 2].</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, or NaN.</exception>
    public CorrectionState ResetPower(in Corrections initial) => this with
    {
        PowerPrefill = CoefficientState.Start(initial.PowerPrefill),
        PowerDecode = CoefficientState.Start(initial.PowerDecode),
        PowerAggregated = CoefficientState.Start(initial.PowerAggregated),
    };

    private static CoefficientState Latency(
        in CoefficientState state, in LatencySample sample, bool hasRequests, TimeSpan now, CorrectionEvents pegged, ref CorrectionEvents events)
    {
        var next = hasRequests && !sample.IsStraddled && sample.Ratio is { } ratio
            ? state.Learn(ratio, sample.IsSaturated ? RatioKind.AtMost : RatioKind.Exact, now)
            : state.Silence();
        events |= Edge(state, next, pegged);
        return next;
    }

    private static CoefficientState Power(
        in CoefficientState state, in PowerSample sample, FeedbackOptions options, TimeSpan now, CorrectionEvents pegged, ref CorrectionEvents events)
    {
        var modelled = sample.ModelledWatts;
        var next = !sample.IsStraddled && sample.ScheduledTokens is > 0
            && sample.WattsPerGpu is > 0 and var watts && double.IsFinite(watts) && modelled > 0 && double.IsFinite(modelled)
            ? LearnPower(state, sample, watts, options, now)
            : state.Silence();
        events |= sample.IsModelInvalid ? CorrectionEvents.None : Edge(state, next, pegged);
        return next;
    }

    private static CoefficientState LearnPower(in CoefficientState state, in PowerSample sample, double watts, FeedbackOptions options, TimeSpan now)
    {
        var reading = sample.Classify(options.PowerLimitedBand, options.MeterAccuracy);
        var hasCap = sample.CapWatts.HasValue && options.PowerLimitedBand > 0;
        var cap = sample.CapWatts ?? double.PositiveInfinity;
        var isClearlyBelow = hasCap && !Threshold.IsAtLeast(watts, cap * (1 - Math.Max(options.PowerLimitedBand, options.MeterAccuracy)));
        var heard = state.CountOffCap(reading == PowerReadingKind.CapNotEnforced ? 1 : isClearlyBelow ? -1 : 0);
        if (reading == PowerReadingKind.PowerLimited && sample.IsProbing)
        {
            return heard with { SilentWindows = 0 };
        }

        // Under a cap that is meant to hold, single readings beside the band are noise of the meter, not demand.
        var isHeld = hasCap && sample.IsHeldBelowDemand;
        var isBound = isHeld ? Math.Abs(heard.ReadingsOffCap) < CoefficientState.ReadingsThatProve : reading == PowerReadingKind.PowerLimited;
        if (!isBound)
        {
            return heard.Learn(watts / sample.ModelledWatts, RatioKind.Exact, now);
        }

        var shown = reading == PowerReadingKind.CapNotEnforced ? watts : Math.Min(watts, cap);
        var next = heard.Learn(shown / sample.ModelledWatts, RatioKind.AtLeast, now);
        var provable = Math.Max(watts, cap) / sample.ModelledWatts;
        return !isHeld && Threshold.IsAbove(next.Value, provable) ? next.FadeTo(provable) with { HasLearned = true } : next;
    }

    private static CorrectionEvents Edge(in CoefficientState before, in CoefficientState after, CorrectionEvents pegged) =>
        before.IsPegged == after.IsPegged ? CorrectionEvents.None
        : after.IsPegged ? pegged
        : (CorrectionEvents)((int)pegged << 8);

    private CorrectionState With(CorrectionKind kind, in CoefficientState coefficient) => kind switch
    {
        CorrectionKind.Ttft => this with { Ttft = coefficient },
        CorrectionKind.Itl => this with { Itl = coefficient },
        CorrectionKind.PowerPrefill => this with { PowerPrefill = coefficient },
        CorrectionKind.PowerDecode => this with { PowerDecode = coefficient },
        _ => this with { PowerAggregated = coefficient },
    };
}
