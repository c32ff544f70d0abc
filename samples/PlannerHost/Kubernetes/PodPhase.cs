namespace PlannerHost.Kubernetes;

/// <summary>What a pod does, as a planner counts it.</summary>
internal enum PodPhase
{
    /// <summary>It serves: its Ready condition holds.</summary>
    Ready,

    /// <summary>It exists and does not serve: not scheduled, starting, or not ready any more.</summary>
    Starting,

    /// <summary>It has been told to go and is still there.</summary>
    Terminating,
}
