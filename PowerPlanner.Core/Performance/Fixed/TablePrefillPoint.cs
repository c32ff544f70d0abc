namespace PowerPlanner.Performance.Fixed;

/// <summary>A prefill operating point that was given, not computed.</summary>
public sealed record TablePrefillPoint
{
    /// <summary>Creates the point.</summary>
    /// <param name="ttftMs">Latency of the prefill step, ms; finite and greater than 0.</param>
    /// <param name="powerWatts">Draw of one GPU, W; null or 0 = unknown.</param>
    /// <param name="capWatts">The cap under which the engine runs there, W, at least 1; null = the cap follows from the power.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN or infinite.</exception>
    public TablePrefillPoint(double ttftMs, double? powerWatts = null, int? capWatts = null)
    {
        Estimate = GivenPoint.Estimate(ttftMs, powerWatts, Provenance.Measured, nameof(ttftMs), nameof(powerWatts));
        if (capWatts is { } cap)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(cap, 1, nameof(capWatts));
        }

        CapWatts = capWatts;
    }

    /// <summary>The point's own cap of each GPU, W; null where it follows from the power.</summary>
    public int? CapWatts { get; }

    /// <summary>Latency and power at the point.</summary>
    public StepEstimate Estimate { get; }
}
