namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>One GPU and its agent.</summary>
/// <param name="CapWatts">The cap in force, W; 0 = there is no such GPU.</param>
/// <param name="ReadWatts">A cap that the agent has read and not yet applied, W; 0 = none.</param>
/// <param name="TicksLeft">Ticks within which it does so, once the cap that it read has been replaced; 0 = it has not been.</param>
internal readonly record struct TinyGpu(int CapWatts, int ReadWatts = 0, int TicksLeft = 0)
{
    public bool Exists => CapWatts > 0;

    public int Code => (CapWatts / 50) | (ReadWatts / 50 << 6) | (TicksLeft << 12);
}
