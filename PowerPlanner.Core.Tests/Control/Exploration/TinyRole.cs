using System.Collections.Immutable;
using PowerPlanner.Control;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>One role of a tiny fleet: what its orchestrator wants, what exists, and what is still on the wire. Immutable.</summary>
internal sealed record TinyRole
{
    public required TinyRules Rules { get; init; }

    public required int Index { get; init; }

    public int WantedReplicas { get; init; }

    public int WantedCapWatts { get; init; }

    /// <summary>The newest count that was applied: older ones are void.</summary>
    public long CountRevision { get; init; }

    /// <summary>The newest cap that was applied: older ones are void.</summary>
    public long CapRevision { get; init; }

    /// <summary>Whether the wanted count is nothing that the process in charge has commanded or was told of.</summary>
    public bool IsCountForeign { get; init; }

    /// <summary>Whether the wanted cap is nothing that the process in charge has commanded or was told of.</summary>
    public bool IsCapForeign { get; init; }

    /// <summary>In order, so that equal fleets are equal.</summary>
    public ImmutableArray<TinyReplica> Replicas { get; init; } = [];

    public ImmutableArray<WireCommand> Wire { get; init; } = [];

    public (int Min, int Max) Range { get; init; }

    public int Gpus => Rules.Gpus[Index];

    public int Live => Replicas.Count(replica => replica.IsLive);

    private int NewbornWatts => Clamp(Rules.NewbornWatts > 0 ? Rules.NewbornWatts : WantedCapWatts);

    /// <summary>What may be drawn at most, as far as the process in charge could know; the most replicas; the highest cap.</summary>
    public (long Watts, int Replicas, int CapWatts) Worst()
    {
        var cap = IsCapForeign ? 0 : Clamp(WantedCapWatts);
        var count = IsCountForeign ? 0 : WantedReplicas;
        foreach (var command in Wire)
        {
            if (command.IsForgotten || IsVoid(command))
            {
                continue;
            }

            if (command.Kind == CommandKind.SetCap)
            {
                cap = Math.Max(cap, Clamp(command.Value));
            }
            else
            {
                count = Math.Max(count, command.Value);
            }
        }

        var (watts, highest, live) = (0L, cap, 0);
        foreach (var replica in Replicas)
        {
            live += replica.IsLive ? 1 : 0;
            for (var gpu = 0; gpu < Gpus; gpu++)
            {
                var most = Math.Max(Math.Max(replica[gpu].CapWatts, cap), replica[gpu].ReadWatts > 0 ? Clamp(replica[gpu].ReadWatts) : 0);
                watts += most;
                highest = Math.Max(highest, most);
            }
        }

        var comers = Math.Max(0, count - live);
        watts += (long)comers * Gpus * Math.Max(cap, Rules.NewbornWatts > 0 ? NewbornWatts : cap);
        return (watts, Replicas.Length + comers, highest);
    }

    public bool IsVoid(in WireCommand command) => command.Revision <= (command.Kind == CommandKind.SetCap ? CapRevision : CountRevision);

    public int Clamp(int watts) => Math.Clamp(watts, Range.Min, Range.Max);

    /// <summary>What an actuator would say now.</summary>
    public RoleState Show()
    {
        var (ready, starting, draining) = (0, 0, 0);
        int? highest = null;
        var unknown = 0;
        var counts = ImmutableArray<CapCount>.Empty;
        foreach (var replica in Replicas)
        {
            ready += replica.Phase == TinyReplicaPhase.Ready ? 1 : 0;
            starting += replica.Phase == TinyReplicaPhase.Starting ? 1 : 0;
            draining += replica.Phase == TinyReplicaPhase.Draining ? 1 : 0;
            if (Rules.CountsCaps && replica.Phase == TinyReplicaPhase.Starting)
            {
                unknown++;
                continue;
            }

            var cap = replica.HighestCapWatts;
            highest = Math.Max(highest ?? 0, cap);
            if (Rules.CountsCaps)
            {
                var at = 0;
                while (at < counts.Length && counts[at].CapWatts < cap)
                {
                    at++;
                }

                counts = at < counts.Length && counts[at].CapWatts == cap
                    ? counts.SetItem(at, counts[at] with { Replicas = counts[at].Replicas + 1 })
                    : counts.Insert(at, new CapCount(cap, 1));
            }
        }

        return new RoleState
        {
            Ready = ready,
            Starting = starting,
            Terminating = draining,
            EffectiveCapWatts = Replicas.IsEmpty ? Clamp(WantedCapWatts) : highest,
            CapCounts = counts,
            UnknownCapReplicas = unknown,
            NewbornCap = Rules.NewbornWatts > 0 ? NewbornCap.Of(NewbornWatts) : NewbornCap.AsCommanded,
            CapLimits = new GpuPowerLimits(Range.Min, Range.Max),
            GpusPerReplica = Gpus,
            Revision = Math.Max(CapRevision, CountRevision),
        };
    }

    /// <summary>The orchestrator takes a command, unless it has a newer one.</summary>
    public TinyRole Taking(CommandKind kind, int value, long revision, bool isForeign = false)
    {
        if (kind == CommandKind.SetReplicas)
        {
            return (revision <= CountRevision ? this : this with { WantedReplicas = value, CountRevision = revision, IsCountForeign = isForeign }).WithoutVoid();
        }

        return (revision <= CapRevision ? this : Replacing(value) with { CapRevision = revision, IsCapForeign = isForeign }).WithoutVoid();
    }

    /// <summary>Another cap is wanted: what agents have read before has only so long to come.</summary>
    public TinyRole Replacing(int capWatts) => this with
    {
        WantedCapWatts = capWatts,
        Replicas = capWatts == WantedCapWatts ? Replicas : Sorted(Replicas.Select(replica => replica.Each(gpu => gpu.ReadWatts > 0 && gpu.TicksLeft == 0 ? gpu with { TicksLeft = Rules.SettleTicks } : gpu))),
    };

    /// <summary>A tick passes: agents that were given their time have used it.</summary>
    public TinyRole Passing() => Rules.IsFenced ? this : this with
    {
        Replicas = Sorted(Replicas.Select(replica => replica.Each(gpu => gpu.TicksLeft switch
        {
            0 => gpu,
            1 => new TinyGpu(Clamp(gpu.ReadWatts)),
            _ => gpu with { TicksLeft = gpu.TicksLeft - 1 },
        }))),
    };

    /// <summary>The hardware accepts another range: it cuts what is in force at once.</summary>
    public TinyRole Within((int Min, int Max) range)
    {
        var next = this with { Range = range };
        return next with { Replicas = Sorted(Replicas.Select(replica => replica.Each(gpu => gpu with { CapWatts = next.Clamp(gpu.CapWatts) }))) };
    }

    /// <summary>A process without memory takes over.</summary>
    public TinyRole Forgotten() => this with { IsCapForeign = true, IsCountForeign = true, Wire = [.. Wire.Select(command => command with { IsForgotten = true })] };

    /// <summary>The wire delivers, agents apply, replicas come, serve and go until nothing moves.</summary>
    public TinyRole Settled()
    {
        var role = this;
        while (role.Wire.Length > 0)
        {
            role = role.Delivering(0, keeps: false);
        }

        var replicas = role.Replicas.Where(replica => replica.IsLive).Take(role.WantedReplicas).ToList();
        var cap = new TinyGpu(role.Clamp(role.WantedCapWatts));
        while (replicas.Count < role.WantedReplicas)
        {
            replicas.Add(default);
        }

        return role with { Replicas = [.. replicas.Select(_ => new TinyReplica(TinyReplicaPhase.Ready, cap, role.Gpus > 1 ? cap : default))] };
    }

    /// <summary>One command arrives, and perhaps once more later.</summary>
    public TinyRole Delivering(int at, bool keeps)
    {
        var command = Wire[at];
        var role = keeps ? this : this with { Wire = Wire.RemoveAt(at) };
        return role.Taking(command.Kind, command.Value, command.Revision, command.IsForgotten);
    }

    /// <summary>All that the world may do to the role next, one thing at a time.</summary>
    public void Moves(Action<TinyRole, string> sink)
    {
        var live = Live;
        if (live < WantedReplicas && Replicas.Length < Rules.MostReplicas + 2)
        {
            var gpu = new TinyGpu(NewbornWatts);
            sink(With(Replicas.Add(new TinyReplica(TinyReplicaPhase.Starting, gpu, Gpus > 1 ? gpu : default))), "a replica starts");
        }

        for (var i = 0; i < Replicas.Length; i++)
        {
            var replica = Replicas[i];
            if (i > 0 && replica == Replicas[i - 1])
            {
                continue;
            }

            if (replica.Phase == TinyReplicaPhase.Starting)
            {
                sink(With(Replicas.SetItem(i, replica with { Phase = TinyReplicaPhase.Ready })), "a replica is ready");
            }

            if (replica.Phase == TinyReplicaPhase.Draining)
            {
                sink(With(Replicas.RemoveAt(i)), "a replica is gone");
            }
            else if (live > WantedReplicas)
            {
                sink(With(Replicas.SetItem(i, replica with { Phase = TinyReplicaPhase.Draining })), $"{replica} drains");
            }

            for (var gpu = 0; gpu < Gpus; gpu++)
            {
                if (gpu > 0 && replica[0] == replica[1])
                {
                    continue;
                }

                MoveAgent(i, gpu, sink);
            }
        }

        for (var i = 0; i < Wire.Length; i++)
        {
            sink(Delivering(i, keeps: false), $"the wire delivers {Wire[i].Kind} {Wire[i].Value} of revision {Wire[i].Revision}");
            sink(Delivering(i, keeps: true), $"the wire delivers {Wire[i].Kind} {Wire[i].Value} of revision {Wire[i].Revision} and keeps it");
            sink(this with { Wire = Wire.RemoveAt(i) }, $"the wire loses {Wire[i].Kind} {Wire[i].Value} of revision {Wire[i].Revision}");
        }
    }

    private void MoveAgent(int at, int index, Action<TinyRole, string> sink)
    {
        var replica = Replicas[at];
        var gpu = replica[index];
        var wanted = Clamp(WantedCapWatts);
        if (Rules.IsFenced)
        {
            if (gpu.CapWatts != wanted)
            {
                sink(With(Replicas.SetItem(at, replica.With(index, new TinyGpu(wanted)))), $"an agent applies {wanted} W to {replica}");
            }

            return;
        }

        if (gpu.ReadWatts > 0)
        {
            sink(With(Replicas.SetItem(at, replica.With(index, new TinyGpu(Clamp(gpu.ReadWatts))))), $"an agent applies the {gpu.ReadWatts} W that it has read to {replica}");
        }
        else if (gpu.CapWatts != wanted)
        {
            sink(With(Replicas.SetItem(at, replica.With(index, gpu with { ReadWatts = WantedCapWatts }))), $"an agent reads {WantedCapWatts} W for {replica}");
        }
    }

    private TinyRole With(ImmutableArray<TinyReplica> replicas) => this with { Replicas = Sorted(replicas) };

    private TinyRole WithoutVoid() => Wire.Length > 0 && Wire.Any(command => IsVoid(command) && command.Revision < (command.Kind == CommandKind.SetCap ? CapRevision : CountRevision))
        ? this with { Wire = Wire.RemoveAll(command => command.Revision < (command.Kind == CommandKind.SetCap ? CapRevision : CountRevision)) }
        : this;

    private static ImmutableArray<TinyReplica> Sorted(IEnumerable<TinyReplica> replicas)
    {
        var sorted = replicas.ToArray();
        Array.Sort(sorted);
        return System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(sorted);
    }

    public override string ToString() =>
        $"{Rules.Role(Index)}: wants {WantedReplicas} at {WantedCapWatts} W, has [{string.Join(", ", Replicas)}]{(Wire.IsEmpty ? "" : ", on the wire " + string.Join(", ", Wire.Select(c => $"{c.Kind} {c.Value} r{c.Revision}{(c.IsForgotten ? " (forgotten)" : "")}")))}";
}
