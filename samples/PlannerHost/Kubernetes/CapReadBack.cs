namespace PlannerHost.Kubernetes;

/// <summary>How the cap in force on a pod's GPUs is known.</summary>
internal enum CapReadBack
{
    /// <summary>The node's agent writes it into an annotation of the pod.</summary>
    Annotation,

    /// <summary>A metric says it, such as DCGM's power management limit: an <see cref="IPodCapReader"/>.</summary>
    Metric,

    /// <summary>
    /// Nobody says it: the agent is trusted to have applied an annotation after a while. A cap that an agent fails to apply is then not noticed
    /// here; the planner's own check of the draw against the cap may still do so.
    /// </summary>
    Trust,
}
