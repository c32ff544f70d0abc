namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>Where a replica stands in its life.</summary>
internal enum TinyReplicaPhase
{
    Starting,
    Ready,
    Draining,
}
