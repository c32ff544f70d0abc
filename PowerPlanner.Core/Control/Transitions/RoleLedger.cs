using PowerPlanner.Power;

namespace PowerPlanner.Control.Transitions;

/// <summary>
/// What one role may draw at most, as far as anybody can know: what the actuator last confirmed, what has been asked for and may come, and
/// what is on its way out and still there. Not thread-safe.
/// </summary>
/// <remarks>
/// A GPU is charged at the highest cap that may be in force: the effective one, or an unconfirmed new one where that is larger. Where no cap
/// is known it is charged at the highest that the hardware allows. A replica is charged from the moment it is asked for until it is gone.
/// </remarks>
internal sealed class RoleLedger(FleetRole role, int gpusPerReplica, int unknownCapWatts)
{
    public FleetRole Role { get; } = role;

    /// <summary>The newest state that counts; null before the first.</summary>
    public RoleState? State { get; private set; }

    /// <summary>The newest revision that any state was read after; commands of a process that is gone included.</summary>
    public long NewestRevision { get; private set; }

    public PendingCommand PendingCap { get; private set; }

    public PendingCommand PendingReplicas { get; private set; }

    /// <summary>Nameplate power of a GPU, W: the highest cap where neither cap nor range is known; 0 = unknown.</summary>
    public int NameplateWatts { get; set; }

    /// <summary>Watts that each GPU brings besides its board.</summary>
    public int NonGpuWattsPerGpu { get; set; }

    /// <summary>The fewest replicas that are of use.</summary>
    public int LeastReplicas { get; set; } = 1;

    /// <summary>Least watts that each GPU is charged, while its cap is known not to bind; 0 = none.</summary>
    public int ChargeFloorWatts { get; set; }

    /// <summary>The range of caps that is known from the actuator, the metrics or the options; null = unknown.</summary>
    public GpuPowerLimits? CapLimits { get; set; }

    /// <summary>The count that the role was last given, or had when it was last not rolling; null = it has been rolling ever since it was first seen.</summary>
    public int? AgreedReplicas { get; private set; }

    public bool IsRolling => State?.IsRolling ?? false;

    /// <summary>Replicas that run or start.</summary>
    public int Live => State is { } state ? state.Ready + state.Starting : 0;

    public int Terminating => State?.Terminating ?? 0;

    /// <summary>The larger of what is configured and what the actuator reports.</summary>
    public int GpusPerReplica => Math.Max(gpusPerReplica, State?.GpusPerReplica ?? 0);

    public int PlannedGpusPerReplica => gpusPerReplica;

    public bool GpusDisagree => State?.GpusPerReplica is { } reported && reported != gpusPerReplica;

    /// <summary>The cap that GPUs may have at most by what was read, W.</summary>
    public int EffectiveCapWatts => State?.EffectiveCapWatts ?? CapLimits?.MaxWatts ?? Math.Max(unknownCapWatts, NameplateWatts);

    /// <summary>The highest cap that may be in force, whether it binds or not, W.</summary>
    public int HighestCapWatts => Math.Max(EffectiveCapWatts, PendingCap.Exists ? PendingCap.Value : 0);

    /// <summary>Whether the role has been seen since <see cref="Unsee"/>: otherwise open commands may have come about since, and what was read is past.</summary>
    public bool IsSeen { get; private set; }

    /// <summary>The lowest cap that may be in force, W: to ask for more may be to raise it.</summary>
    public int LowestCapWatts => IsSeen || !PendingCap.Exists ? EffectiveCapWatts : Math.Min(EffectiveCapWatts, PendingCap.LowestValue);

    /// <summary>The fewest replicas that may run or start: to ask for more may be to add some.</summary>
    public int LowestReplicas => IsSeen || !PendingReplicas.Exists ? Live : Math.Min(Live, PendingReplicas.LowestValue);

    /// <summary>What a GPU is charged, W.</summary>
    public int ChargedCapWatts => Math.Max(HighestCapWatts, ChargeFloorWatts);

    /// <summary>Replicas that are charged: those that run, start or drain, and those that may come.</summary>
    public int ChargedReplicas => Terminating + StayingReplicas;

    /// <summary>Replicas that run or start, and those that may come.</summary>
    public int StayingReplicas => Math.Max(Live, PendingReplicas.Exists ? PendingReplicas.Value : 0);

    public long ChargedWatts => ChargedReplicas * ReplicaWatts(ChargedCapWatts);

    /// <summary>Ready replicas at the cap in force, W.</summary>
    public long ReadyWatts => (State?.Ready ?? 0) * ReplicaWatts(EffectiveCapWatts);

    /// <summary>What would be charged if the cap held and nothing drained.</summary>
    public long CappedWatts => StayingReplicas * ReplicaWatts(HighestCapWatts);

    public long ChargedGpus => (long)ChargedReplicas * GpusPerReplica;

    /// <summary>The replica count that the actuator has been told, or what runs.</summary>
    public int CommandedReplicas => PendingReplicas.Exists ? PendingReplicas.Value : Live;

    public long ReplicaWatts(int capWatts) => CapBridge.ReplicaWatts(capWatts, NonGpuWattsPerGpu, GpusPerReplica);

    /// <summary>The cap that the hardware makes of the one asked for.</summary>
    public int Expected(int capWatts) => CapLimits?.Clamp(capWatts) ?? capWatts;

    /// <summary>Takes a state over, unless it is older than the newest answer.</summary>
    /// <returns>Whether it counted.</returns>
    public bool Accept(RoleState state)
    {
        if (state.Revision != 0 && state.Revision < NewestRevision)
        {
            return false;
        }

        State = state;
        IsSeen = true;
        AgreedReplicas = state.IsRolling || PendingReplicas.Exists ? AgreedReplicas : Live;
        CapLimits = state.CapLimits ?? CapLimits;
        NewestRevision = Math.Max(NewestRevision, state.Revision);
        if (PendingCap.IsAccepted && state.EffectiveCapWatts == Expected(PendingCap.Value))
        {
            PendingCap = default;
        }

        if (PendingReplicas.IsAccepted && Live == PendingReplicas.Value)
        {
            PendingReplicas = default;
        }

        return true;
    }

    /// <summary>A tick begins: what runs may have changed since it was read, until a state counts again.</summary>
    public void Unsee() => IsSeen = false;

    /// <summary>Charges a command before it is sent.</summary>
    public void Sending(CommandKind kind, int value, long revision, TimeSpan now)
    {
        var command = new PendingCommand(value, revision, IsAccepted: false, now);
        if (kind == CommandKind.SetCap)
        {
            PendingCap = Worse(PendingCap, command);
        }
        else
        {
            PendingReplicas = Worse(PendingReplicas, command);
        }
    }

    /// <summary>The actuator answered: an earlier command of the same kind can no longer overwrite this one.</summary>
    public void Answered(CommandKind kind, int value, long revision, TimeSpan now, RoleState state)
    {
        var command = new PendingCommand(value, revision, IsAccepted: true, now);
        if (kind == CommandKind.SetCap)
        {
            PendingCap = command;
        }
        else
        {
            PendingReplicas = command;
            AgreedReplicas = value;
        }

        Accept(state);
    }

    /// <summary>The command was refused: it will never take effect, what was pending before it may.</summary>
    public void Refused(CommandKind kind, PendingCommand before)
    {
        if (kind == CommandKind.SetCap)
        {
            PendingCap = before;
        }
        else
        {
            PendingReplicas = before;
        }
    }

    /// <summary>Takes pending commands over from a snapshot, and how new a state must be so as not to be older than its answers.</summary>
    public void Restore(PendingCommand cap, PendingCommand replicas, long newestRevision)
    {
        NewestRevision = newestRevision;
        PendingCap = cap;
        PendingReplicas = replicas;
    }

    // Two commands of which either may win, accepted or not, for the new one may get lost: the larger value is charged until an answer
    // settles it, and the smaller one is remembered.
    private static PendingCommand Worse(in PendingCommand old, in PendingCommand next) =>
        !old.Exists ? next : next with { Value = Math.Max(old.Value, next.Value), Least = Math.Min(old.LowestValue, next.LowestValue) };
}
