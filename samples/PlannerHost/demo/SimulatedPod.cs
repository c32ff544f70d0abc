namespace PlannerHost.Demo;

/// <summary>A pod that runs in a simulated cluster.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsReady">Whether it serves.</param>
/// <param name="CapWatts">The cap in force on its GPUs, W; null = none.</param>
internal sealed record SimulatedPod(string Name, bool IsReady, int? CapWatts);
