using PowerPlanner.Power;

namespace PowerPlanner.Control.Transitions;

/// <summary>
/// What one role may draw at most, as far as anybody can know: what was read back, what has been asked for and may come, and what is on its way
/// out and still there. An immutable value.
/// </summary>
/// <remarks>
/// A GPU is charged at the highest cap that may be in force on it: the one that was read back, or any that was commanded and may still reach it. The
/// newest answered cap may reach every GPU at any time, however long ago it was answered: replicas that come later follow it, and so do GPUs
/// whose agents were away, or whose range had cut it. Where no cap is known a GPU is charged at the highest that the hardware allows. A
/// replica is charged from the moment it is asked for until it is gone.
/// </remarks>
internal readonly record struct RoleLedger
{
    // Reads in a row that are older than what is known, after which the fleet is taken for what it says: its revisions went back.
    private const int MostLateReads = 10;

    public FleetRole Role { get; init; }

    public int PlannedGpusPerReplica { get; init; }

    /// <summary>The highest cap where neither cap nor range nor nameplate is known, W.</summary>
    public int UnknownCapWatts { get; init; }

    /// <summary>The newest state that counts; null before the first. After a restart that of the process before, until the first read.</summary>
    public RoleState? State { get; init; }

    /// <summary>Whether this process has read the role.</summary>
    public bool IsRead { get; init; }

    /// <summary>Whether the role has been seen on this tick: otherwise open commands may have come about since, and what was read is past.</summary>
    public bool IsSeen { get; init; }

    /// <summary>The newest revision that this process has seen on a state.</summary>
    public long NewestRevision { get; init; }

    /// <summary>Reads in a row that were older.</summary>
    public int LateReads { get; init; }

    /// <summary>Cap commands without an answer.</summary>
    public OpenCommands OpenCaps { get; init; }

    /// <summary>Replica commands without an answer.</summary>
    public OpenCommands OpenReplicas { get; init; }

    /// <summary>The newest cap that was answered.</summary>
    public AnsweredCommand Cap { get; init; }

    /// <summary>The newest replica count that was answered.</summary>
    public AnsweredCommand Replicas { get; init; }

    /// <summary>
    /// The fewest replicas that were asked for by a command whose effect no state has shown yet, though a newer one has been answered: what it told to
    /// go may be going, and counts beside what comes.
    /// </summary>
    public ShrunkCount Shrunk { get; init; }

    /// <summary>A higher cap that was replaced before it could be in effect everywhere.</summary>
    public SupersededCap Superseded { get; init; }

    /// <summary>Ticks in a row on which a cap command ended without an answer: one may be an accident, and the next try may find it done.</summary>
    public int UnansweredCaps { get; init; }

    /// <summary>Whether the last cap command was refused.</summary>
    public bool IsCapRefused { get; init; }

    /// <summary>Nameplate power of a GPU, W: the highest cap where neither cap nor range is known; 0 = unknown.</summary>
    public int NameplateWatts { get; init; }

    /// <summary>Watts that each GPU brings besides its board.</summary>
    public int NonGpuWattsPerGpu { get; init; }

    /// <summary>The fewest replicas that are of use.</summary>
    public int LeastReplicas { get; init; }

    /// <summary>Least watts that each GPU is charged, while its cap is known not to bind; 0 = none.</summary>
    public int ChargeFloorWatts { get; init; }

    /// <summary>Whether readings say that the role must not grow: its caps may not bind.</summary>
    public bool IsGrowthHeld { get; init; }

    /// <summary>The range of caps that is known from the actuator, the metrics or the options; null = unknown.</summary>
    public GpuPowerLimits? CapLimits { get; init; }

    /// <summary>The count that the role was last given, or had when it was last not rolling; null = it has been rolling ever since it was first seen.</summary>
    public int? AgreedReplicas { get; init; }

    public bool IsRolling => State?.IsRolling ?? false;

    /// <summary>Replicas that run or start.</summary>
    public int Live => State is { } state ? state.Ready + state.Starting : 0;

    public int Terminating => State?.Terminating ?? 0;

    /// <summary>The larger of what is configured and what the actuator reports.</summary>
    public int GpusPerReplica => Math.Max(PlannedGpusPerReplica, State?.GpusPerReplica ?? 0);

    public bool GpusDisagree => State?.GpusPerReplica is { } reported && reported != PlannedGpusPerReplica;

    /// <summary>The highest cap that the hardware may have, W.</summary>
    public int HardwareCapWatts => CapLimits?.MaxWatts ?? Math.Max(UnknownCapWatts, NameplateWatts);

    /// <summary>The cap that GPUs may have at most by what was read, W.</summary>
    public int EffectiveCapWatts
    {
        get
        {
            var read = State?.EffectiveCapWatts ?? HardwareCapWatts;
            return State is { UnknownCapReplicas: > 0 } ? Math.Max(read, HardwareCapWatts) : read;
        }
    }

    /// <summary>The highest cap that GPUs may come to have without another command, W; 0 = none was ever commanded.</summary>
    public int PotentialCapWatts => Math.Max(Math.Max(Cap.Known ?? 0, OpenCaps.Highest), Superseded.CapWatts);

    /// <summary>The highest cap that may be in force, whether it binds or not, W.</summary>
    public int HighestCapWatts => Math.Max(EffectiveCapWatts, PotentialCapWatts);

    /// <summary>
    /// The lowest cap that any GPU is known to have, or to come to have, W: a command of no more than this raises nothing. Something in
    /// between may raise GPUs that have a lower cap already, while others have not left a higher one.
    /// </summary>
    public int LowestCapWatts
    {
        get
        {
            var lowest = State?.EffectiveCapWatts ?? HardwareCapWatts;
            if (State is { CapCounts.IsDefaultOrEmpty: false } state)
            {
                foreach (var count in state.CapCounts)
                {
                    lowest = count.Replicas > 0 ? Math.Min(lowest, count.CapWatts) : lowest;
                }
            }

            lowest = Math.Min(lowest, Cap.Known ?? lowest);
            return OpenCaps.Exist ? Math.Min(lowest, OpenCaps.Lowest) : lowest;
        }
    }

    /// <summary>The fewest replicas that may run or start without another command: to ask for more may be to add some.</summary>
    public int LowestReplicas
    {
        get
        {
            var lowest = LowestAnsweredReplicas;
            return OpenReplicas.Exist ? Math.Min(lowest, OpenReplicas.Lowest) : lowest;
        }
    }

    /// <summary>The highest charge of any GPU, W.</summary>
    public int ChargedCapWatts => Math.Max(HighestCapWatts, ChargeFloorWatts);

    /// <summary>Replicas that are charged: those that run, start or drain, and those that may come.</summary>
    public int ChargedReplicas => Terminating + Live + Comers;

    /// <summary>
    /// The replicas that may come without another command, beside all that are there: those that were told to go before they were asked for again may
    /// be going by then, and still be there.
    /// </summary>
    public int Comers => Math.Max(0, Math.Max((Replicas.Known ?? Live) - LowestAnsweredReplicas, OpenReplicas.Highest - LowestReplicas));

    public long ChargedWatts => ChargedWith(Comers, 0);

    /// <summary>Ready replicas at the cap in force, W.</summary>
    public long ReadyWatts => (State?.Ready ?? 0) * ReplicaWatts(EffectiveCapWatts);

    public long ChargedGpus => (long)ChargedReplicas * GpusPerReplica;

    /// <summary>The replica count that the actuator has been told, or what runs.</summary>
    public int CommandedReplicas => OpenReplicas.Exist ? OpenReplicas.Highest : Replicas.Known ?? Live;

    /// <summary>The cap that a replica is born under, W; null = the one that was commanded.</summary>
    public int? BirthCapWatts => State?.NewbornCap switch
    {
        { IsUnknown: true } => HardwareCapWatts,
        { Watts: { } watts } => watts,
        _ => null,
    };

    /// <summary>A replica that comes, W: at the cap that it is born under, or that it may get.</summary>
    public int NewbornCapWatts => Math.Max(BirthCapWatts ?? 0, HighestCapWatts);

    public long ReplicaWatts(int capWatts) => CapBridge.ReplicaWatts(capWatts, NonGpuWattsPerGpu, GpusPerReplica);

    /// <summary>The cap that the hardware makes of the one asked for.</summary>
    public int Expected(int capWatts) => CapLimits?.Clamp(capWatts) ?? capWatts;

    /// <summary>What the role would be charged where so many replicas come, and under a further cap that may come, W.</summary>
    /// <param name="comers">Replicas that come beside all that are there.</param>
    /// <param name="capWatts">The cap, W; 0 = none.</param>
    public long ChargedWith(int comers, int capWatts)
    {
        var least = Math.Max(Math.Max(PotentialCapWatts, ChargeFloorWatts), capWatts);
        var watts = 0L;
        var there = Live + Terminating;
        var rest = there;
        if (State is { } state)
        {
            var unknown = Math.Min(rest, state.UnknownCapReplicas);
            rest -= unknown;
            watts += unknown * ReplicaWatts(Math.Max(HardwareCapWatts, least));
            if (!state.CapCounts.IsDefaultOrEmpty)
            {
                foreach (var count in state.CapCounts)
                {
                    var some = Math.Min(rest, count.Replicas);
                    rest -= some;
                    watts += some * ReplicaWatts(Math.Max(count.CapWatts, least));
                }
            }

            watts += rest * ReplicaWatts(Math.Max(state.EffectiveCapWatts ?? HardwareCapWatts, least));
        }

        return watts + (comers * ReplicaWatts(Math.Max(NewbornCapWatts, least)));
    }

    private int LowestAnsweredReplicas
    {
        get
        {
            // A count that has been reached once is not strived for any more where others have changed it.
            var lowest = Replicas is { Exists: true, WasInEffect: false } ? Math.Min(Live, Replicas.Value) : Live;
            return Shrunk.Exists ? Math.Min(lowest, Shrunk.Replicas) : lowest;
        }
    }

    /// <summary>A tick begins: what runs may have changed since it was read, until a state counts again.</summary>
    /// <param name="now">The controller's clock.</param>
    public RoleLedger Unseen(TimeSpan now) => this with { IsSeen = false, Superseded = Superseded.At(now) };

    /// <summary>Takes a state over, unless it is a late one.</summary>
    /// <param name="state">The state.</param>
    /// <param name="isAnswer">Whether it answers a command, and may be of the instant before it.</param>
    public RoleLedger Accepting(RoleState state, bool isAnswer = false)
    {
        if (state.Revision != 0 && state.Revision < NewestRevision && LateReads + 1 < MostLateReads)
        {
            return this with { LateReads = LateReads + 1 };
        }

        var live = state.Ready + state.Starting;
        var next = this with
        {
            State = state.CapCounts.IsDefault ? state with { CapCounts = [] } : state,
            IsRead = true,
            IsSeen = true,
            LateReads = 0,
            AgreedReplicas = state.IsRolling || OpenReplicas.Exist || (Replicas.Exists && !Replicas.WasInEffect && live != Replicas.Value) ? AgreedReplicas : live,
            CapLimits = state.CapLimits ?? CapLimits,
            NewestRevision = state.Revision == 0 ? NewestRevision : state.Revision,
            Shrunk = Shrunk.Exists && (state.Revision == 0 ? isAnswer : state.Revision < Shrunk.Revision) ? Shrunk : default,
        };
        return next with
        {
            Cap = next.Cap with { WasInEffect = next.Cap.WasInEffect || next.IsInEffect(next.Cap) },
            Replicas = next.Replicas with { WasInEffect = next.Replicas.WasInEffect || (next.Replicas.Exists && live == next.Replicas.Value) },
        };
    }

    /// <summary>Whether a cap is in force on every GPU of which that can be known.</summary>
    public bool IsInEffect(in AnsweredCommand cap) =>
        cap.Exists && State is { EffectiveCapWatts: { } effective, UnknownCapReplicas: 0 } && (effective == cap.Value || effective == Expected(cap.Value)) && LowestCapRead() == effective;

    /// <summary>Charges a command before it is sent.</summary>
    public RoleLedger Sending(CommandKind kind, int value, long revision) => kind == CommandKind.SetCap
        ? this with { OpenCaps = OpenCaps.With(value, revision) }
        : this with { OpenReplicas = OpenReplicas.With(value, revision) };

    /// <summary>The actuator answered: an earlier command of the same kind can no longer overwrite this one.</summary>
    /// <param name="kind">The command's kind.</param>
    /// <param name="value">Its value.</param>
    /// <param name="revision">Its revision.</param>
    /// <param name="now">The controller's clock.</param>
    /// <param name="settleTime">How long a cap that this one replaces may still come; zero where the actuator fences by revision.</param>
    /// <param name="state">The role as it is now.</param>
    public RoleLedger Answered(CommandKind kind, int value, long revision, TimeSpan now, TimeSpan settleTime, RoleState state)
    {
        var former = kind == CommandKind.SetCap ? Cap : Replicas;
        var isInEffect = kind == CommandKind.SetCap ? IsInEffect(former) : Live == former.Value;

        // What was in effect and is no longer, somebody else has changed: to command it again is to begin anew.
        var isRepeated = former is { Exists: true, IsOwn: true } && former.Value == value && (isInEffect || !former.WasInEffect);
        var answered = isRepeated ? former with { At = now } : new AnsweredCommand(value, now, now, WasInEffect: false, Exists: true, IsOwn: true);
        var next = kind == CommandKind.SetCap
            ? this with { Cap = answered, OpenCaps = default, Superseded = Supersede(value, now, settleTime), UnansweredCaps = 0, IsCapRefused = false }
            : this with { Replicas = answered, OpenReplicas = default, AgreedReplicas = value, Shrunk = Shrink(value, revision) };
        next = next.Accepting(state, isAnswer: true);
        return isRepeated || kind != CommandKind.SetCap ? next : next with { Cap = next.Cap with { TookTime = !next.Cap.WasInEffect } };
    }

    /// <summary>The command was refused: it will never take effect, what was open before it may.</summary>
    public RoleLedger Refused(CommandKind kind, in OpenCommands before) => kind == CommandKind.SetCap
        ? this with { OpenCaps = before, IsCapRefused = true, UnansweredCaps = 0 }
        : this with { OpenReplicas = before };

    /// <summary>The command was not sent after all.</summary>
    public RoleLedger Unsent(CommandKind kind, in OpenCommands before) => kind == CommandKind.SetCap ? this with { OpenCaps = before } : this with { OpenReplicas = before };

    /// <summary>The command ended without an answer: it stays charged until an answer to a newer one settles it.</summary>
    public RoleLedger Unanswered(CommandKind kind) => kind == CommandKind.SetCap
        ? this with { UnansweredCaps = UnansweredCaps + 1, IsCapRefused = false }
        : this;

    /// <summary>What a new process makes of the ledger of the one before: nothing is of its own, nothing has been seen, and its clock is another one.</summary>
    public RoleLedger Inherited(TimeSpan shift) => this with
    {
        IsRead = false,
        IsSeen = false,
        NewestRevision = 0,
        LateReads = 0,
        UnansweredCaps = 0,
        IsCapRefused = false,
        Cap = Cap with { IsOwn = false, At = Cap.At.Shifted(shift), Since = Cap.Since.Shifted(shift) },
        Replicas = Replicas with { IsOwn = false, At = Replicas.At.Shifted(shift), Since = Replicas.Since.Shifted(shift) },
        Superseded = Superseded with { Until = Superseded.Until.Shifted(shift) },
    };

    private int LowestCapRead()
    {
        var lowest = State!.EffectiveCapWatts!.Value;
        if (!State.CapCounts.IsDefaultOrEmpty)
        {
            foreach (var count in State.CapCounts)
            {
                lowest = count.Replicas > 0 ? Math.Min(lowest, count.CapWatts) : lowest;
            }
        }

        return lowest;
    }

    private ShrunkCount Shrink(int value, long revision)
    {
        // What the replaced command told to go, this one cannot call back.
        var lowest = OpenReplicas.Exist ? OpenReplicas.Lowest : Replicas is { Exists: true, WasInEffect: false } ? Replicas.Value : Live;
        lowest = Shrunk.Exists ? Math.Min(lowest, Shrunk.Replicas) : lowest;
        return lowest < Math.Min(Live, value) ? new ShrunkCount(lowest, revision) : default;
    }

    private SupersededCap Supersede(int value, TimeSpan now, TimeSpan settleTime)
    {
        var before = Math.Max(Cap.Known ?? 0, OpenCaps.Highest);
        if (settleTime <= TimeSpan.Zero || before <= value)
        {
            return Superseded.CapWatts > value ? Superseded : default;
        }

        // Where the former cap has been in force everywhere for as long as agents may take, none of them has anything of it left to do.
        var isDone = !OpenCaps.Exist && IsInEffect(Cap) && now - Cap.Since >= settleTime;
        return isDone
            ? Superseded.CapWatts > value ? Superseded : default
            : new SupersededCap(Math.Max(Superseded.CapWatts, before), now + settleTime, IsOver: false);
    }
}
