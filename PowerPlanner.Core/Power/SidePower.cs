namespace PowerPlanner.Power;

/// <summary>The power of one side (prefill, decode, or an aggregated engine) at an operating point, W of one GPU.</summary>
/// <param name="Watts">
/// The power that the cap bridge uses, W; finite and greater than 0. It is also the denominator of the side's power coefficient, unless
/// <paramref name="Source"/> is <see cref="PowerSource.ConfiguredCap"/>, where there is nothing to compare a reading with.
/// </param>
/// <param name="RawWatts">The model's estimate before the non-physical clamp, W; null where it is unknown.</param>
/// <param name="IsValid">False when the estimate was non-physical (above 1.1 times the nameplate power) and the nameplate took its place.</param>
/// <param name="Source">Where <paramref name="Watts"/> comes from. A clamped estimate stays a <see cref="PowerSource.Prediction"/>.</param>
public readonly record struct SidePower(double Watts, double? RawWatts, bool IsValid, PowerSource Source)
{
    /// <summary>Whether the model had no usable estimate, so that a fallback was used.</summary>
    public bool IsFallback => Source != PowerSource.Prediction;
}
