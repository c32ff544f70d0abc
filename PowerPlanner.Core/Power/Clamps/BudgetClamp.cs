namespace PowerPlanner.Power.Clamps;

/// <summary>
/// The budget boundary: the last check on a proposal of replica counts, whoever made it. GPU ceiling and floor first, then the watt
/// budget. Pure and constant in time; thread-safe.
/// </summary>
/// <remarks>
/// <para>No count is raised above its proposal, except by the GPU floor. A role without a proposal is charged at what runs and never
/// touched; if all of them are, nothing is adjustable and the case passes. A case with a GPU count that is unknown passes unchanged.</para>
/// <para>Minima that do not fit end at zero (<see cref="ClampReason.PowerBudgetInfeasible"/>): a budget holds even where it means an
/// outage. The exception is a <see cref="ClampPolicy.Staged"/> case in which another role, without a proposal, leaves no room: it holds
/// what runs (<see cref="ClampReason.PowerBudgetScaleUpSuppressed"/>), since removing the one role would not repair the other's excess.</para>
/// </remarks>
public static class BudgetClamp
{
    /// <summary>Brings a proposal into its budgets.</summary>
    /// <param name="clampCase">The proposal, what runs, and the budgets.</param>
    /// <exception cref="ArgumentNullException">No case.</exception>
    public static ClampAnswer Apply(ClampCase clampCase)
    {
        ArgumentNullException.ThrowIfNull(clampCase);
        var prefill = Leg.Of(clampCase.Proposed.Prefill, clampCase.Current.Prefill, clampCase.Prefill, clampCase.PrefillReplicaWatts);
        var decode = Leg.Of(clampCase.Proposed.Decode, clampCase.Current.Decode, clampCase.Decode, clampCase.DecodeReplicaWatts);
        if (clampCase.Prefill.Gpus is null || clampCase.Decode.Gpus is null || !(prefill.IsAdjustable || decode.IsAdjustable))
        {
            return Answer(clampCase, prefill, decode, (prefill.Count, decode.Count), ClampReason.None);
        }

        var gpuClamped = ClampGpus(clampCase, prefill, decode);
        var reason = gpuClamped == (prefill.Count, decode.Count) ? ClampReason.None : ClampReason.GpuBudgetClamped;
        var counts = gpuClamped;
        if (clampCase.TotalGpuPowerLimitWatts is { } budget)
        {
            var boundedPrefill = prefill.With(gpuClamped.Prefill, clampCase.Prefill);
            var boundedDecode = decode.With(gpuClamped.Decode, clampCase.Decode);
            (counts, var powerReason) = clampCase.Policy == ClampPolicy.Pair
                ? ClampPair(boundedPrefill, boundedDecode, budget)
                : ClampStaged(boundedPrefill, boundedDecode, budget);
            reason = counts == gpuClamped ? reason : powerReason;
        }

        return Answer(clampCase, prefill, decode, counts, counts == (prefill.Count, decode.Count) ? ClampReason.None : reason);
    }

    private static ClampAnswer Answer(ClampCase clampCase, in Leg prefill, in Leg decode, (int Prefill, int Decode) counts, ClampReason reason) => new(
        clampCase.Proposed.Prefill is null ? null : counts.Prefill,
        clampCase.Proposed.Decode is null ? null : counts.Decode,
        reason,
        (counts.Prefill * prefill.Watts) + (counts.Decode * decode.Watts),
        prefill.PeakWatts(counts.Prefill) + decode.PeakWatts(counts.Decode));

    private static (int Prefill, int Decode) ClampGpus(ClampCase clampCase, in Leg prefill, in Leg decode)
    {
        var gpus = ((long)prefill.Count * prefill.Gpus) + ((long)decode.Count * decode.Gpus);
        if (clampCase.MaxGpuBudget is { } ceiling && gpus > ceiling)
        {
            ProportionalShrink.TryFit(prefill, decode, prefill.Gpus, decode.Gpus, ceiling, out var fewerPrefill, out var fewerDecode);
            return (fewerPrefill, fewerDecode);
        }

        if (clampCase.MinGpuBudget is { } least)
        {
            // Between two bounds closer than a replica there may be no whole number of replicas: the floor gives way.
            var tolerance = clampCase.MaxGpuBudget is null ? 0 : Math.Max(prefill.Gpus, decode.Gpus);
            var floor = Math.Max(0, least - tolerance);
            if (gpus > 0 && gpus < floor)
            {
                var morePrefill = prefill.IsAdjustable ? Raise(prefill.Count, floor, gpus) : prefill.Count;
                var moreDecode = decode.IsAdjustable ? Raise(decode.Count, floor, gpus) : decode.Count;
                var raised = ((long)morePrefill * prefill.Gpus) + ((long)moreDecode * decode.Gpus);
                if (raised <= (clampCase.MaxGpuBudget ?? long.MaxValue))
                {
                    return (morePrefill, moreDecode);
                }
            }
        }

        return (prefill.Count, decode.Count);
    }

    // A replica has at least one GPU, so count / gpus ≤ 1 and the result is at most the floor.
    private static int Raise(int count, long floor, long gpus) => (int)(((count * floor) + gpus - 1) / gpus);

    private static ((int Prefill, int Decode) Counts, ClampReason Reason) ClampPair(in Leg prefill, in Leg decode, long budget)
    {
        var fits = ProportionalShrink.TryFit(prefill, decode, prefill.Watts, decode.Watts, budget, out var prefillCount, out var decodeCount);
        return ((prefillCount, decodeCount), fits ? ClampReason.PowerBudgetClamped : ClampReason.PowerBudgetInfeasible);
    }

    private static ((int Prefill, int Decode) Counts, ClampReason Reason) ClampStaged(in Leg prefill, in Leg decode, long budget)
    {
        var proposal = (Prefill: prefill.Count, Decode: decode.Count);
        var held = HoldGrowthBesideShrinking(prefill, decode, proposal, budget);
        if ((held.Prefill * prefill.Watts) + (held.Decode * decode.Watts) <= budget)
        {
            return (held, ClampReason.PowerRebalanceStaged);
        }

        // A role that exists and has no proposal must not be touched.
        if (!prefill.IsAdjustable && prefill.Watts > 0)
        {
            var (count, reason) = FitBeside(decode, budget - (prefill.Count * prefill.Watts));
            return ((prefill.Count, count), reason);
        }

        if (!decode.IsAdjustable && decode.Watts > 0)
        {
            var (count, reason) = FitBeside(prefill, budget - (decode.Count * decode.Watts));
            return ((count, decode.Count), reason);
        }

        if ((prefill.Current * prefill.Watts) + (decode.Current * decode.Watts) <= budget)
        {
            // Nothing shrinks here: a proposal that shrinks one role from a state that fits has been held to at most that state above.
            return (ClosestPair.Find(prefill, decode, budget), ClampReason.PowerBudgetClamped);
        }

        var fits = ProportionalShrink.TryFit(
            prefill with { Count = held.Prefill, Minimum = Math.Min(prefill.Minimum, held.Prefill) },
            decode with { Count = held.Decode, Minimum = Math.Min(decode.Minimum, held.Decode) },
            prefill.Watts,
            decode.Watts,
            budget,
            out var prefillCount,
            out var decodeCount);
        var counts = HoldGrowthBesideShrinking(prefill, decode, (prefillCount, decodeCount), budget);
        return (counts, fits ? ClampReason.PowerBudgetClamped : ClampReason.PowerBudgetInfeasible);
    }

    /// <summary>
    /// Old replicas of the shrinking role still draw while new ones of the other start. Where both at once pass the budget, what grows stays at
    /// what runs until what shrinks is gone.
    /// </summary>
    private static (int Prefill, int Decode) HoldGrowthBesideShrinking(in Leg prefill, in Leg decode, (int Prefill, int Decode) counts, long budget)
    {
        var opposed = (prefill.Grows(counts.Prefill) && decode.Shrinks(counts.Decode)) || (prefill.Shrinks(counts.Prefill) && decode.Grows(counts.Decode));
        return opposed && prefill.PeakWatts(counts.Prefill) + decode.PeakWatts(counts.Decode) > budget
            ? (Math.Min(prefill.Current, counts.Prefill), Math.Min(decode.Current, counts.Decode))
            : counts;
    }

    private static (int Count, ClampReason Reason) FitBeside(in Leg role, long budget)
    {
        var fitting = budget < 0 ? -1 : Math.Min(role.Count, budget / role.Watts);
        return fitting >= role.Minimum
            ? ((int)fitting, ClampReason.PowerBudgetClamped)
            : (Math.Min(role.Count, role.Current), ClampReason.PowerBudgetScaleUpSuppressed);
    }
}
