namespace PowerPlanner.Performance.PowerScaling;

/// <summary>A latency measured under a cap.</summary>
/// <param name="CapWatts">Cap of one GPU, W.</param>
/// <param name="Latency">Latency of the step, in any unit that a curve's points share.</param>
public readonly record struct CapCurvePoint(double CapWatts, double Latency);
