namespace PowerPlanner.Performance.PowerScaling;

/// <summary>A step under a cap.</summary>
/// <param name="LatencyMs">Duration of the step, ms.</param>
/// <param name="DrawWatts">Draw of one GPU, W: the cap where it binds, else the natural draw.</param>
/// <param name="Provenance">The less sure of the uncapped estimate's and the cap's own.</param>
public readonly record struct CappedStep(double LatencyMs, double DrawWatts, Provenance Provenance);
