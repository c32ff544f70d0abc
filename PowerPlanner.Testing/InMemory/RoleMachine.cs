using System.Collections.Immutable;
using PowerPlanner.Control;
using PowerPlanner.Power;

namespace PowerPlanner.Testing.InMemory;

/// <summary>The replicas of one role: which serve, which start, which drain, and the cap of each. Not thread-safe.</summary>
internal sealed class RoleMachine
{
    // Oldest first.
    private readonly List<MemoryReplica> _replicas = [];
    private readonly long _startDelay;
    private readonly long _drainDelay;
    private readonly long _capDelay;
    private readonly long _capStagger;
    private readonly int _nonGpuWatts;
    private readonly bool _countsCaps;
    private readonly bool _fences;
    private readonly NewbornCap _newborn;
    private int _capWatts;
    private bool _isRolling;
    private int _gpus;
    private GpuPowerLimits? _limits;
    private int _silent;
    private int _lost;
    private long _revision;
    private long _capRevision;
    private long _replicasRevision;
    private long _nextDue = long.MaxValue;
    private long? _chargedWatts;
    private RoleState? _state;

    public RoleMachine(InMemoryRole role, int nonGpuWattsPerGpu, bool fencesByRevision, long clockFrequency)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(role.GpusPerReplica, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(role.Replicas);
        ArgumentOutOfRangeException.ThrowIfLessThan(role.CapWatts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(role.StartDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(role.DrainDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(role.CapDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(role.CapStagger, TimeSpan.Zero);
        _gpus = role.GpusPerReplica;
        _capWatts = role.CapWatts;
        _limits = role.CapLimits;
        _startDelay = Ticks(role.StartDelay);
        _drainDelay = Ticks(role.DrainDelay);
        _capDelay = Ticks(role.CapDelay);
        _capStagger = Ticks(role.CapStagger);
        _nonGpuWatts = nonGpuWattsPerGpu;
        _countsCaps = role.CountsCaps;
        _fences = fencesByRevision;
        _newborn = role.NewbornCap;
        ThrowIfUnbounded(_newborn.IsUnknown, "an unknown newborn cap", nameof(role));
        for (var i = 0; i < role.Replicas; i++)
        {
            _replicas.Add(MemoryReplica.Capped(_capWatts));
        }

        long Ticks(TimeSpan time) => (long)(time.TotalSeconds * clockFrequency);
    }

    /// <summary>Whether reads leave the role out.</summary>
    public bool IsHidden { get; set; }

    /// <summary>Whether reads leave out the caps in force.</summary>
    public bool IsCapHidden { get; private set; }

    /// <summary>Whether any replica's GPUs have lost their caps.</summary>
    public bool HasLostCaps => _lost > 0 && _replicas.Count > 0;

    /// <summary>The next instant at which something changes by itself.</summary>
    public long NextDue => _nextDue;

    public long ChargedWatts => _chargedWatts ??= Charge();

    public RoleState State => _state ??= Read();

    /// <summary>What bounds the GPUs' draw: not what is read back, where that is silent or wrong.</summary>
    public ImmutableArray<CappedReplicas> InForce =>
        [.. _replicas.Select((replica, i) => (replica.Phase, CapWatts: InForceWatts(i))).GroupBy(replica => replica).Select(group => new CappedReplicas(group.Key.Phase, group.Key.CapWatts, group.Count()))];

    /// <summary>Whether a command of its kind is older than one that was carried out.</summary>
    public bool IsOvertaken(CommandKind kind, long revision) => revision < (kind == CommandKind.SetCap ? _capRevision : _replicasRevision);

    /// <summary>Lets replicas become ready, or go, and caps come into force, whose time has come; whether anything changed.</summary>
    public bool Settle(long now)
    {
        if (now < _nextDue)
        {
            return false;
        }

        for (var i = 0; i < _replicas.Count; i++)
        {
            var replica = _replicas[i];
            replica.Settle(now);
            if (replica.Phase == ReplicaPhase.Ready || replica.Until > now)
            {
                continue;
            }

            if (replica.Phase == ReplicaPhase.Starting)
            {
                replica.Phase = ReplicaPhase.Ready;
            }
            else
            {
                _replicas.RemoveAt(i--);
            }
        }

        Changed();
        return true;
    }

    public bool SetCap(int capWatts, long now, long revision)
    {
        var changed = Expected(capWatts) != Expected(_capWatts);
        _capWatts = capWatts;
        for (var i = 0; i < _replicas.Count; i++)
        {
            changed |= Send(_replicas[i], i, capWatts, now);
        }

        _capRevision = Math.Max(_capRevision, revision);
        Touch(revision);
        return changed;
    }

    /// <summary>A cap by somebody else's hand: on every GPU at once.</summary>
    public void SetCapByHand(int capWatts)
    {
        _capWatts = capWatts;
        foreach (var replica in _replicas)
        {
            replica.Take(capWatts);
        }

        Changed();
    }

    public bool SetReplicas(int replicas, long now, long? revision)
    {
        var change = replicas - _replicas.Count(static replica => replica.Phase != ReplicaPhase.Terminating);
        for (var i = 0; i < change; i++)
        {
            var born = Bear(now);
            if (_startDelay > 0)
            {
                born.Phase = ReplicaPhase.Starting;
                born.Until = now + _startDelay;
            }
        }

        for (var i = 0; i > change; i--)
        {
            // What does not serve yet goes first, the newest first.
            var leaving = Last(ReplicaPhase.Starting) is >= 0 and var starting ? starting : Last(ReplicaPhase.Ready);
            if (_drainDelay > 0)
            {
                var replica = _replicas[leaving];
                replica.Phase = ReplicaPhase.Terminating;
                replica.Until = now + _drainDelay;
            }
            else
            {
                _replicas.RemoveAt(leaving);
            }
        }

        _replicasRevision = Math.Max(_replicasRevision, revision ?? 0);
        Touch(revision ?? 0);
        return change != 0;
    }

    /// <summary>Replicas that come or go in an instant, as with a node; never below 0.</summary>
    public void AddReady(int change, long now)
    {
        for (var i = 0; i < change; i++)
        {
            Bear(now);
        }

        for (var i = 0; i > change; i--)
        {
            // What a lost node was starting is lost with it.
            if ((Last(ReplicaPhase.Ready) is >= 0 and var ready ? ready : Last(ReplicaPhase.Starting)) is >= 0 and var lost)
            {
                _replicas.RemoveAt(lost);
            }
        }

        Changed();
    }

    public void SetLimits(GpuPowerLimits? limits)
    {
        var before = _limits;
        _limits = limits;
        try
        {
            ThrowIfUnbounded(_newborn.IsUnknown || _lost > 0, _lost > 0 ? "lost caps" : "an unknown newborn cap", nameof(limits));
        }
        catch
        {
            _limits = before;
            throw;
        }

        Changed();
    }

    public void SetGpus(int gpus)
    {
        _gpus = gpus;
        Changed();
    }

    public void SetRolling(bool isRolling)
    {
        _isRolling = isRolling;
        Changed();
    }

    public void HideCap(bool isHidden)
    {
        IsCapHidden = isHidden;
        Changed();
    }

    /// <summary>The oldest replicas, of which no cap can be read.</summary>
    public void SilenceCaps(int replicas)
    {
        _silent = replicas;
        Changed();
    }

    /// <summary>The oldest replicas, whose GPUs draw up to the hardware's highest cap whatever is read back.</summary>
    public void LoseCaps(int replicas)
    {
        ThrowIfUnbounded(replicas > 0, "lost caps", nameof(replicas));
        _lost = replicas;
        Changed();
    }

    /// <summary>Another revision, in either direction.</summary>
    public void SetRevision(long revision)
    {
        _revision = _capRevision = _replicasRevision = revision;
        Changed();
    }

    private RoleState Read()
    {
        var counts = new SortedDictionary<int, int>();
        var unknown = 0;
        var (ready, starting) = (0, 0);
        for (var i = 0; i < _replicas.Count; i++)
        {
            var replica = _replicas[i];
            ready += replica.Phase == ReplicaPhase.Ready ? 1 : 0;
            starting += replica.Phase == ReplicaPhase.Starting ? 1 : 0;
            if (i < _silent || (replica.IsNewborn && _newborn.IsUnknown))
            {
                unknown++;
            }
            else
            {
                var cap = Expected(replica.CapWatts);
                counts[cap] = counts.GetValueOrDefault(cap) + 1;
            }
        }

        return new RoleState
        {
            Ready = ready,
            Starting = starting,
            Terminating = _replicas.Count - ready - starting,
            EffectiveCapWatts = IsCapHidden || (counts.Count == 0 && unknown > 0) ? null : counts.Count > 0 ? counts.Last().Key : Expected(_capWatts),
            CapCounts = _countsCaps && !IsCapHidden ? [.. counts.Select(count => new CapCount(count.Key, count.Value))] : [],
            UnknownCapReplicas = IsCapHidden ? 0 : unknown,
            NewbornCap = _newborn,
            CapLimits = _limits,
            GpusPerReplica = _gpus,
            IsRolling = _isRolling,
            Revision = _revision,
        };
    }

    private long Charge()
    {
        var watts = 0L;
        for (var i = 0; i < _replicas.Count; i++)
        {
            watts += CapBridge.ReplicaWatts(InForceWatts(i), _nonGpuWatts, _gpus);
        }

        return watts;
    }

    private int InForceWatts(int replica) => replica < _lost ? _limits!.MaxWatts : Expected(_replicas[replica].CapWatts);

    private int Expected(int capWatts) => _limits?.Clamp(capWatts) ?? capWatts;

    private MemoryReplica Bear(long now)
    {
        var replica = _newborn.IsUnknown ? MemoryReplica.Newborn(_limits!.MaxWatts)
            : _newborn.Watts is { } watts ? MemoryReplica.Newborn(watts)
            : MemoryReplica.Capped(_capWatts);
        _replicas.Add(replica);
        Send(replica, _replicas.Count - 1, _capWatts, now);
        return replica;
    }

    private bool Send(MemoryReplica replica, int position, int capWatts, long now)
    {
        var delay = _capDelay + (position * _capStagger);
        return delay == 0 ? replica.Take(capWatts) : replica.Expect(capWatts, now + delay, _fences);
    }

    private int Last(ReplicaPhase phase) => _replicas.FindLastIndex(replica => replica.Phase == phase);

    private void ThrowIfUnbounded(bool needsMost, string what, string parameter)
    {
        if (needsMost && _limits is null)
        {
            throw new ArgumentException($"A role with {what} must have {nameof(InMemoryRole.CapLimits)}: their highest is what is in force then.", parameter);
        }
    }

    private void Touch(long revision)
    {
        // An effect that comes late does not make the state older.
        _revision = Math.Max(_revision, revision);
        Changed();
    }

    private void Changed()
    {
        _state = null;
        _chargedWatts = null;
        _nextDue = long.MaxValue;
        foreach (var replica in _replicas)
        {
            _nextDue = Math.Min(_nextDue, replica.NextDue);
        }
    }
}
