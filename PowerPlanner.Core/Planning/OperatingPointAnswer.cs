using PowerPlanner.Performance;
using PowerPlanner.Planning.Sweep;
using PowerPlanner.Power;

namespace PowerPlanner.Planning;

/// <summary>
/// What the models say at one operating point. Asked for a plan's point on another planner it shows what a change of models means for
/// that very point; <see cref="CapsUnder"/> shows what a change of corrections means. In aggregated mode both caps are the engine's.
/// </summary>
internal readonly record struct OperatingPointAnswer
{
    /// <summary>Uncorrected time to first token under the range of caps, ms.</summary>
    public required double TtftMs { get; init; }

    /// <summary>Uncorrected inter-token latency under the range of caps, ms.</summary>
    public required double ItlMs { get; init; }

    public required SidePower PrefillPower { get; init; }

    public required SidePower DecodePower { get; init; }

    /// <summary>Power that an aggregated engine is capped by; null in disaggregated mode.</summary>
    public required SidePower? AggregatedPower { get; init; }

    /// <summary>The cap that the prefill point, or the aggregated engine's, was measured under or that a grid gave it, W; null where the cap follows from the power.</summary>
    public required int? OwnPrefillCapWatts { get; init; }

    /// <summary>The cap that the decode point, or the aggregated engine's, was measured under or that a grid gave it, W; null where the cap follows from the power.</summary>
    public required int? OwnDecodeCapWatts { get; init; }

    /// <param name="problem">The problem that was swept.</param>
    /// <param name="sweep">What its models said.</param>
    /// <param name="points">Its points under a range of caps.</param>
    /// <param name="prefill">The prefill point; that of an aggregated engine where there is no prefill role.</param>
    /// <param name="decode">The decode or aggregated point.</param>
    public static OperatingPointAnswer At(PlanningProblem problem, DeploymentSweep sweep, DeploymentPoints points, in RolePoint prefill, in RolePoint decode)
    {
        var isPair = points.Prefill is not null;
        var prefillPower = sweep.Prefill.PowerAt(isPair ? prefill.Index : decode.Index / sweep.Decode.Count);
        var decodePower = sweep.Decode.PowerAt(isPair ? decode.Index : decode.Index % sweep.Decode.Count);
        return new OperatingPointAnswer
        {
            TtftMs = prefill.TtftMs,
            ItlMs = decode.ItlMs,
            PrefillPower = prefillPower,
            DecodePower = decodePower,
            AggregatedPower = isPair ? null : CapBridge.Aggregate(prefillPower, decodePower, problem.AggregatedCapPolicy),
            OwnPrefillCapWatts = OwnCap(points.Prefill ?? points.Decode, prefill),
            OwnDecodeCapWatts = OwnCap(points.Decode, decode),
        };
    }

    /// <summary>The caps that a plan at this point gets, W: the point's own, else bridged, then the hardware's range.</summary>
    public (int PrefillWatts, int DecodeWatts) CapsUnder(in PlanningLimits limits, in Corrections corrections)
    {
        if (AggregatedPower is { } engine)
        {
            var cap = Cap(OwnDecodeCapWatts, engine, corrections.PowerAggregated, limits.DecodeCapLimits);
            return (cap, cap);
        }

        return (
            Cap(OwnPrefillCapWatts, PrefillPower, corrections.PowerPrefill, limits.PrefillCapLimits),
            Cap(OwnDecodeCapWatts, DecodePower, corrections.PowerDecode, limits.DecodeCapLimits));
    }

    private static int? OwnCap(OperatingPoints role, in RolePoint point) =>
        point.IsOfGrid ? point.CapWatts : role.OwnCapWatts[point.Position] is > 0 and var own ? own : null;

    private static int Cap(int? ownCapWatts, in SidePower power, double coefficient, GpuPowerLimits? limits) =>
        (ownCapWatts is { } own ? CapBridge.Limit(own, power, limits) : CapBridge.Bridge(power, coefficient, limits)).CapWatts;
}
