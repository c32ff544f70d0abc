namespace PowerPlanner.Performance.Profiled;

/// <summary>A latency and a draw read off a profile. An unknown draw is NaN, which every sum carries on.</summary>
internal readonly record struct ProfiledValue(double LatencyMs, double PowerWatts, Provenance Provenance)
{
    /// <summary>The straight line from <paramref name="from"/> (share 0) to <paramref name="to"/> (share 1).</summary>
    public static ProfiledValue Between(in ProfiledValue from, in ProfiledValue to, double share) => new(
        Line(from.LatencyMs, to.LatencyMs, share),
        Line(from.PowerWatts, to.PowerWatts, share),
        from.Provenance == Provenance.Extrapolated || to.Provenance == Provenance.Extrapolated ? Provenance.Extrapolated : Provenance.Interpolated);

    /// <summary>The same draw at a latency that is <paramref name="factor"/> times as long, outside what was measured.</summary>
    public ProfiledValue Stretched(double factor) => new(LatencyMs * factor, PowerWatts, Provenance.Extrapolated);

    /// <summary>The same value for a point outside what was measured.</summary>
    public ProfiledValue Held() => this with { Provenance = Provenance.Extrapolated };

    public StepEstimate ToEstimate() => double.IsNaN(PowerWatts)
        ? new StepEstimate(LatencyMs, null, 0, Provenance)
        : new StepEstimate(LatencyMs, PowerWatts, 1, Provenance);

    // Never outside its ends, whatever the rounding: a plan compares these numbers with each other.
    private static double Line(double from, double to, double share) => double.IsNaN(from) || double.IsNaN(to)
        ? double.NaN
        : Math.Clamp(from + ((to - from) * share), Math.Min(from, to), Math.Max(from, to));
}
