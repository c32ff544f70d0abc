using PowerPlanner.Performance;

namespace PowerPlanner.Feedback;

/// <summary>
/// The live corrections and what is remembered of each. An immutable value: every operation returns a new one, none allocates.
/// <c>default</c> is not a valid state; begin with <see cref="Start"/>.
/// </summary>
/// <remarks>
/// <c>c ← clamp(0.3 · observed / modelled + 0.7 · c, 0.5, 2)</c> for each coefficient whose gate is open; one whose gate is closed stays as it
/// is, bit for bit, and never decays towards 1. Gates: a latency needs requests, a positive reading and no saturation; a power needs scheduled
/// tokens on its own side, a positive reading and a window that straddles no change. A draw held down by its cap
/// (<see cref="PowerReadingKind.PowerLimited"/>) feeds min(reading, cap), and only upwards.
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
    /// <param name="powerLimitedBand">Half-width of the band around a cap, a share of it; 0 = off.</param>
    /// <param name="events">Coefficients that reached or left a bound.</param>
    public CorrectionState Update(in CorrectionSample sample, TimeSpan now, double powerLimitedBand, out CorrectionEvents events)
    {
        var hasRequests = sample.Requests is > 0;
        events = CorrectionEvents.None;
        return new CorrectionState(
            Latency(Ttft, sample.Ttft, hasRequests, now, CorrectionEvents.TtftPegged, ref events),
            Latency(Itl, sample.Itl, hasRequests, now, CorrectionEvents.ItlPegged, ref events),
            Power(PowerPrefill, sample.PowerPrefill, powerLimitedBand, now, CorrectionEvents.PowerPrefillPegged, ref events),
            Power(PowerDecode, sample.PowerDecode, powerLimitedBand, now, CorrectionEvents.PowerDecodePegged, ref events),
            Power(PowerAggregated, sample.PowerAggregated, powerLimitedBand, now, CorrectionEvents.PowerAggregatedPegged, ref events));
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
        in CoefficientState state, in LatencySample sample, bool hasRequests, TimeSpan now, CorrectionEvents pegged, ref CorrectionEvents events) =>
        hasRequests && !sample.IsFrozen && sample.Ratio is { } ratio
            ? Feed(state, ratio, now, pegged, ref events)
            : state;

    private static CoefficientState Power(
        in CoefficientState state, in PowerSample sample, double band, TimeSpan now, CorrectionEvents pegged, ref CorrectionEvents events)
    {
        var modelled = sample.ModelledWatts;
        if (sample.ScheduledTokens is not > 0 || sample.WattsPerGpu is not { } watts || !(watts > 0 && modelled > 0 && double.IsFinite(modelled)))
        {
            return state;
        }

        switch (sample.Classify(band))
        {
            case PowerReadingKind.None:
            case PowerReadingKind.PowerLimited when sample.IsProbing:
                return state;
            case PowerReadingKind.PowerLimited:
                // The cap hides how much more is wanted, so such a reading is a lower bound: it may raise the coefficient and never lower it.
                watts = Math.Min(watts, sample.CapWatts!.Value);
                if (!Threshold.IsAbove(watts / modelled, state.Value))
                {
                    return state;
                }

                break;
        }

        var silenced = CorrectionEvents.None;
        return sample.IsModelInvalid
            ? Feed(state, watts / modelled, now, pegged, ref silenced)
            : Feed(state, watts / modelled, now, pegged, ref events);
    }

    private static CoefficientState Feed(in CoefficientState state, double ratio, TimeSpan now, CorrectionEvents pegged, ref CorrectionEvents events)
    {
        var next = state.Feed(ratio, now);
        if (next.IsPegged != state.IsPegged)
        {
            events |= next.IsPegged ? pegged : (CorrectionEvents)((int)pegged << 8);
        }

        return next;
    }

    private CorrectionState With(CorrectionKind kind, in CoefficientState coefficient) => kind switch
    {
        CorrectionKind.Ttft => this with { Ttft = coefficient },
        CorrectionKind.Itl => this with { Itl = coefficient },
        CorrectionKind.PowerPrefill => this with { PowerPrefill = coefficient },
        CorrectionKind.PowerDecode => this with { PowerDecode = coefficient },
        _ => this with { PowerAggregated = coefficient },
    };
}
