namespace PowerPlanner.Control.Transitions;

/// <summary>A cap that was answered, then replaced, and may still reach GPUs of an actuator that does not fence by revision. The default is none.</summary>
/// <param name="CapWatts">The cap, W.</param>
/// <param name="Until">From when on it can no longer come, on the controller's clock.</param>
/// <param name="IsOver">Whether that instant has passed: what was read before it may not show the cap yet, what is read on the next tick does.</param>
internal readonly record struct SupersededCap(int CapWatts, TimeSpan Until, bool IsOver)
{
    /// <summary>What is left of it at the beginning of a tick.</summary>
    public SupersededCap At(TimeSpan now) => CapWatts == 0 || IsOver ? default : now >= Until ? this with { IsOver = true } : this;
}
