namespace PowerPlanner.Performance.Fixed;

/// <summary>A decode operating point that was given, not computed.</summary>
public sealed record TableDecodePoint
{
    /// <summary>Creates the point.</summary>
    /// <param name="batch">Sequences per attention rank; at least 1.</param>
    /// <param name="itlMs">Latency of the decode step, ms; finite and greater than 0.</param>
    /// <param name="powerWatts">Draw of one GPU, W; null or 0 = unknown.</param>
    /// <param name="capWatts">The cap under which the engine runs there, W, at least 1; null = the cap follows from the power.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN or infinite.</exception>
    public TableDecodePoint(int batch, double itlMs, double? powerWatts = null, int? capWatts = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        Estimate = GivenPoint.Estimate(itlMs, powerWatts, Provenance.Measured, nameof(itlMs), nameof(powerWatts));
        if (capWatts is { } cap)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(cap, 1, nameof(capWatts));
        }

        Batch = batch;
        CapWatts = capWatts;
    }

    /// <summary>Sequences per attention rank.</summary>
    public int Batch { get; }

    /// <summary>The point's own cap of each GPU, W; null where it follows from the power.</summary>
    public int? CapWatts { get; }

    /// <summary>Latency and power at the point.</summary>
    public StepEstimate Estimate { get; }
}
