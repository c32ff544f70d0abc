using System.Collections.Immutable;
using PowerPlanner.Power;

namespace PowerPlanner.Control;

/// <summary>The replicas of one role and the caps in force on their GPUs. Immutable.</summary>
/// <remarks>
/// <para>A cap that some GPUs have and others not yet is partial: <see cref="EffectiveCapWatts"/> is the highest of them until the last GPU has the
/// lower one, and <see cref="CapCounts"/> tells which replicas have it. A draining replica counts until its process is gone, at the cap that its
/// GPUs have. A replica whose cap cannot be read counts as unknown, and only it is charged at the hardware's highest.</para>
/// <para>What is charged is the sum over the replicas: those of <see cref="CapCounts"/> at their caps, those of <see cref="UnknownCapReplicas"/> at the highest that
/// the hardware allows, all others at <see cref="EffectiveCapWatts"/>. Without counts the whole role is charged at its highest cap: safe, and dearer.</para>
/// </remarks>
public sealed record RoleState
{
    /// <summary>Replicas that serve; at least 0.</summary>
    public required int Ready { get; init; }

    /// <summary>Replicas that exist and don't serve yet; at least 0. They may draw power.</summary>
    public int Starting { get; init; }

    /// <summary>Replicas that have been told to go and are still there; at least 0. They draw power until they are gone.</summary>
    public int Terminating { get; init; }

    /// <summary>
    /// The highest cap that was read back from any GPU of the role, W; null = none could be read, and the controller charges the highest that
    /// the hardware allows. With no replica: the cap that is commanded for new ones. Replicas of which nothing was read belong into
    /// <see cref="UnknownCapReplicas"/>; where they cannot be told apart, the answer is null.
    /// </summary>
    public int? EffectiveCapWatts { get; init; }

    /// <summary>
    /// Replicas by the highest cap in force on any of their GPUs, starting and draining ones included, each cap once; empty = not told apart.
    /// Together with <see cref="UnknownCapReplicas"/> no more than there are replicas; replicas in neither are at <see cref="EffectiveCapWatts"/>.
    /// </summary>
    public ImmutableArray<CapCount> CapCounts { get; init; } = [];

    /// <summary>Replicas whose cap cannot be read, starting and draining ones included; at least 0. They alone are charged at the hardware's highest.</summary>
    public int UnknownCapReplicas { get; init; }

    /// <summary>
    /// The cap that a new replica's GPUs have until the commanded one is read back. Default: as commanded, from the first instant. Where it is another, fill
    /// <see cref="CapCounts"/> too: without them the highest cap of a role counts for all of it, that of its newborn replicas included. Where the last replicas
    /// of a plan would not fit for the cap that they are born under alone, caps of what runs are lowered until they have their own.
    /// </summary>
    public NewbornCap NewbornCap { get; init; }

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
    /// The newest revision whose command this state was read after; 0 = none, or not known. The next command's is higher, whichever way this one
    /// moved. A state that is older than the newest answer is taken for a late one at first, and for what it says where it stays so: a
    /// fleet whose revisions went back, as after the restore of a backup, is seen as it is.
    /// </summary>
    public long Revision { get; init; }
}
