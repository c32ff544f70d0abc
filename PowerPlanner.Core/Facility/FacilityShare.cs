namespace PowerPlanner.Facility;

/// <summary>What one deployment gets.</summary>
/// <param name="Name">Name of the deployment.</param>
/// <param name="Watts">Its share, W.</param>
/// <param name="ThroughputRequestsPerSecond">What it serves with it, requests/s.</param>
public readonly record struct FacilityShare(string Name, long Watts, double ThroughputRequestsPerSecond);
