using PowerPlanner.Power;

namespace PowerPlanner.Control;

/// <summary>The replicas of one role and the cap in force on their GPUs. Immutable.</summary>
public sealed record RoleState
{
    /// <summary>Replicas that serve; at least 0.</summary>
    public required int Ready { get; init; }

    /// <summary>Replicas that exist and don't serve yet; at least 0. They may draw power.</summary>
    public int Starting { get; init; }

    /// <summary>Replicas that have been told to go and are still there; at least 0. They draw power until they are gone.</summary>
    public int Terminating { get; init; }

    /// <summary>
    /// The highest cap in force on any GPU of the role, W, as read back; null = unknown, and the controller charges the highest that the
    /// hardware allows. With no replica: the cap that new ones start under.
    /// </summary>
    public int? EffectiveCapWatts { get; init; }

    /// <summary>The caps that the GPUs accept; null = unknown.</summary>
    public GpuPowerLimits? CapLimits { get; init; }

    /// <summary>GPUs of one replica; null = as configured. Where the two disagree the controller charges the larger and says so.</summary>
    public int? GpusPerReplica { get; init; }

    /// <summary>
    /// Whether the role's replicas are being replaced, so that counts say little: new ones may stand beside old ones. While any role of a
    /// deployment is rolling nothing grows, and surplus replicas are left to the rollout; a plan with fewer replicas still goes through.
    /// </summary>
    public bool IsRolling { get; init; }

    /// <summary>
    /// The newest revision whose command this state was read after; 0 = none, or not known. A state older than the newest answer does not overwrite it.
    /// </summary>
    public long Revision { get; init; }
}
