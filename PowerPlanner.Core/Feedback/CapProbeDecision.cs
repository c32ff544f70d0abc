namespace PowerPlanner.Feedback;

/// <summary>What a cap probe wants done on a tick.</summary>
/// <param name="Action">What to do.</param>
/// <param name="CapWatts">The cap that it is about, W; 0 where nothing is to be done.</param>
internal readonly record struct CapProbeDecision(CapProbeAction Action, int CapWatts);
