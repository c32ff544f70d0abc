namespace PowerPlanner.Power;

/// <summary>A per-GPU power cap as the hardware applies it, with the way that led to it.</summary>
/// <param name="CapWatts">The cap that is in force and that budgets charge, W.</param>
/// <param name="RequestedWatts">The cap before the hardware's range, W.</param>
/// <param name="Direction">What the hardware's range did.</param>
/// <param name="Power">The power that the cap was made from.</param>
public readonly record struct BridgedCap(int CapWatts, int RequestedWatts, LimitDirection Direction, SidePower Power)
{
    /// <summary>Whether the hardware's range moved the cap.</summary>
    public bool IsLimited => Direction != LimitDirection.None;

    /// <summary>
    /// The factor by which a step slows down because the hardware accepts no cap near its power: <see cref="CapBridge.LatencyFactor"/> of
    /// this cap. Models that know what a cap does to latency answer better than this bound.
    /// </summary>
    public double LatencyFactor => CapBridge.LatencyFactor(Power.Watts, CapWatts);
}
