namespace PowerPlanner.Testing.Simulation;

/// <summary>The equations that a simulated fleet follows.</summary>
public enum FleetPhysics
{
    /// <summary>
    /// Caps bound draw, throttling lengthens steps in proportion, both roles bound capacity, queues grow with utilization, replicas take time
    /// to start and to go.
    /// </summary>
    Physical,

    /// <summary>
    /// The reference planner's own test bed, for comparing with its numbers: draw ignores the cap, only decode bounds capacity, TTFT grows as
    /// nameplate over cap even where the model's own figure holds at that cap, requests are whole numbers per second.
    /// </summary>
    Compat,
}
