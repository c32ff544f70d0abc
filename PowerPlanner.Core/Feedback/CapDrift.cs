using PowerPlanner.Power;

namespace PowerPlanner.Feedback;

/// <summary>Whether a power coefficient has moved a side's cap so far from the planned one that the plan no longer fits.</summary>
public static class CapDrift
{
    /// <summary>
    /// <c>|bridge(power, c) − planned| &gt; threshold · planned</c>, strictly, with the bridge clamped by the hardware. Both directions count: a
    /// cap that could be lower frees watts.
    /// </summary>
    /// <param name="power">Power of the side at the planned operating point.</param>
    /// <param name="coefficient">Its present coefficient.</param>
    /// <param name="limits">Caps that the hardware accepts; null = unknown.</param>
    /// <param name="plannedCapWatts">Cap of the last plan, W. Not one that a probe has raised: what a probe learnt is for the next sweep to plan with.</param>
    /// <param name="threshold">Share of the planned cap; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A coefficient that is not finite and positive.</exception>
    public static bool Exceeds(in SidePower power, double coefficient, GpuPowerLimits? limits, int plannedCapWatts, double threshold)
    {
        var moved = Math.Abs((double)CapBridge.Bridge(power, coefficient, limits).CapWatts - plannedCapWatts);
        return Threshold.IsAbove(moved, threshold * plannedCapWatts);
    }
}
