using PowerPlanner.Planning;

namespace PowerPlanner.Facility;

/// <summary>One deployment that shares the facility's watts.</summary>
/// <param name="Name">Its name, not empty, unique in a division.</param>
/// <param name="Frontier">What it serves at which watts: strictly increasing watts and throughput, as the planner gives it; not empty.</param>
public sealed record FacilityDeployment(string Name, IReadOnlyList<FrontierPoint> Frontier)
{
    /// <summary>What a request per second is worth against another deployment's of the same tier; finite, greater than 0.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Tier: a greater number is served first.</summary>
    public int Priority { get; init; }

    /// <summary>Least share, W, at least 0. The least point of the frontier that draws so much is its floor.</summary>
    public long FloorWatts { get; init; }

    /// <summary>Least throughput, requests/s, finite, at least 0.</summary>
    public double FloorRequestsPerSecond { get; init; }
}
