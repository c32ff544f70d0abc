using System.Collections.Immutable;
using PowerPlanner.Control;
using PowerPlanner.Power;

namespace PowerPlanner.Testing.InMemory;

/// <summary>
/// A fleet that exists in memory only: replicas, caps, frontends and hand-made observations, with faults on demand. For tests of hosts
/// and controllers, and for replays.
/// </summary>
/// <remarks>
/// <para>Deterministic: without delays every command takes effect before its call returns; with delays the given clock alone decides, and
/// a change whose time has come happens at the next call. Nothing waits on its own.</para>
/// <para>A command that is older than one of its kind and role that was carried out is refused.</para>
/// <para>Safe to call from several threads; each call is one step under one lock. Reading a fleet that has not changed allocates nothing.</para>
/// </remarks>
public sealed partial class InMemoryFleet : IMetricsSource, IActuator
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly RoleMachine? _prefill;
    private readonly RoleMachine? _decode;
    private readonly RoleMachine? _aggregated;
    private readonly List<FrontendMachine> _frontends = [];
    private readonly FaultList _faults = new();
    private readonly List<RecordedCommand> _commands = [];
    private readonly List<DelayedEffect> _delayed = [];
    private readonly Queue<Observation?> _observations = new();
    private Observation? _observation;
    private Observation? _lastObservation;
    private FleetState? _state;
    private FleetState? _lastState;
    private long _peakWatts;

    /// <summary>Creates a fleet.</summary>
    /// <param name="setup">Its roles and frontends.</param>
    /// <param name="timeProvider">The clock of delays and of the command log; null = the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count, cap or delay outside its range.</exception>
    /// <exception cref="ArgumentException">No role, or a frontend's name twice.</exception>
    public InMemoryFleet(InMemoryFleetSetup setup, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentOutOfRangeException.ThrowIfNegative(setup.NonGpuWattsPerGpu);
        if (setup is { Prefill: null, Decode: null, Aggregated: null })
        {
            throw new ArgumentException("The fleet has no role; it must have at least one of prefill, decode and aggregated.", nameof(setup));
        }

        _time = timeProvider ?? TimeProvider.System;
        FencesByRevision = setup.FencesByRevision;
        _prefill = Machine(setup.Prefill);
        _decode = Machine(setup.Decode);
        _aggregated = Machine(setup.Aggregated);
        foreach (var name in setup.Frontends)
        {
            AddFrontend(name);
        }

        _peakWatts = Charge();

        RoleMachine? Machine(InMemoryRole? role) => role is null ? null : new RoleMachine(role, setup.NonGpuWattsPerGpu, setup.FencesByRevision, _time.TimestampFrequency);
    }

    /// <inheritdoc/>
    public bool FencesByRevision { get; }

    /// <summary>
    /// Charged draw now, W: Σ over replicas that exist (ready, starting, terminating) of (cap in force + non-GPU watts) · GPUs, each at its own cap. Readings do not enter, neither
    /// of draw nor of caps.
    /// </summary>
    public long ChargedWatts
    {
        get
        {
            lock (_lock)
            {
                Settle();
                return Charge();
            }
        }
    }

    /// <summary>The highest <see cref="ChargedWatts"/> since the fleet was made or <see cref="ResetPeak"/>, W, before and after every single change.</summary>
    public long PeakWatts
    {
        get
        {
            lock (_lock)
            {
                Settle();
                return _peakWatts;
            }
        }
    }

    /// <summary>The commands that have come in since the fleet was made or <see cref="ClearCommands"/>, in order; a copy.</summary>
    public ImmutableArray<RecordedCommand> Commands
    {
        get
        {
            lock (_lock)
            {
                return [.. _commands];
            }
        }
    }

    /// <summary>The fleet's state, without a fault and without being a call of the actuator.</summary>
    public FleetState State
    {
        get
        {
            lock (_lock)
            {
                Settle();
                return CurrentState();
            }
        }
    }

    /// <summary>Starts <see cref="PeakWatts"/> anew at the present charge.</summary>
    public void ResetPeak()
    {
        lock (_lock)
        {
            Settle();
            _peakWatts = Charge();
        }
    }

    /// <summary>Empties <see cref="Commands"/>.</summary>
    public void ClearCommands()
    {
        lock (_lock)
        {
            _commands.Clear();
        }
    }

    /// <summary>What every observation answers from now on, once those in the queue are used up.</summary>
    /// <param name="observation">The observation; null = nothing to report.</param>
    public void SetObservation(Observation? observation)
    {
        lock (_lock)
        {
            _observation = observation;
        }
    }

    /// <summary>What one of the next observations answers, after those in the queue.</summary>
    /// <param name="observation">The observation; null = nothing to report.</param>
    public void EnqueueObservation(Observation? observation)
    {
        lock (_lock)
        {
            _observations.Enqueue(observation);
        }
    }

    /// <summary>Injects a fault. Where several strike the same call, the one that was injected first does.</summary>
    /// <param name="fault">The fault.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count below 1, or a negative delay.</exception>
    public void Inject(FleetFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        ArgumentOutOfRangeException.ThrowIfLessThan(fault.Count ?? 1, 1, nameof(fault));
        ArgumentOutOfRangeException.ThrowIfLessThan(fault.Delay, TimeSpan.Zero, nameof(fault));
        lock (_lock)
        {
            _faults.Add(fault);
        }
    }

    /// <summary>Ends one fault, if it is still there.</summary>
    /// <param name="fault">The very object that was injected.</param>
    public void Remove(FleetFault fault)
    {
        lock (_lock)
        {
            _faults.Remove(fault);
        }
    }

    /// <summary>Ends all faults. Effects that are under way still land.</summary>
    public void ClearFaults()
    {
        lock (_lock)
        {
            _faults.Clear();
        }
    }

    /// <summary>Replicas that appear ready or vanish without the actuator's doing, as with a node; the count stops at 0.</summary>
    /// <param name="role">The role.</param>
    /// <param name="change">Replicas to add; negative = to remove.</param>
    public void ChangeReplicas(FleetRole role, int change) => Edit(role, machine => machine.AddReady(change, _time.GetTimestamp()));

    /// <summary>Somebody else's scaling: replicas start and drain as they do for a command.</summary>
    /// <param name="role">The role.</param>
    /// <param name="replicas">The new count; at least 0.</param>
    public void ScaleByHand(FleetRole role, int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(replicas);
        Edit(role, machine => machine.SetReplicas(replicas, _time.GetTimestamp(), null));
    }

    /// <summary>Somebody else's cap: in force at once on every GPU.</summary>
    /// <param name="role">The role.</param>
    /// <param name="capWatts">Cap of each GPU, W; at least 1.</param>
    public void CapByHand(FleetRole role, int capWatts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capWatts, 1);
        Edit(role, machine => machine.SetCapByHand(capWatts));
    }

    /// <summary>Changes the caps that the GPUs accept; a cap outside is moved at once.</summary>
    /// <param name="role">The role.</param>
    /// <param name="limits">The range; null = any, and none is reported.</param>
    public void ChangeCapLimits(FleetRole role, GpuPowerLimits? limits) => Edit(role, machine => machine.SetLimits(limits));

    /// <summary>Changes the GPUs that a replica has.</summary>
    /// <param name="role">The role.</param>
    /// <param name="gpus">GPUs; at least 1.</param>
    public void ChangeGpusPerReplica(FleetRole role, int gpus)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(gpus, 1);
        Edit(role, machine => machine.SetGpus(gpus));
    }

    /// <summary>Leaves a role out of reads, as when it cannot be read.</summary>
    /// <param name="role">The role.</param>
    /// <param name="isHidden">Whether it is left out.</param>
    public void HideRole(FleetRole role, bool isHidden) => Edit(role, machine => machine.IsHidden = isHidden);

    /// <summary>Leaves the cap in force out of a role's state, as when it cannot be read back.</summary>
    /// <param name="role">The role.</param>
    /// <param name="isHidden">Whether it is left out.</param>
    public void HideCap(FleetRole role, bool isHidden) => Edit(role, machine => machine.HideCap(isHidden));

    /// <summary>Leaves the caps of the oldest replicas out of a role's state, as when their agents do not answer: they count as unknown.</summary>
    /// <param name="role">The role.</param>
    /// <param name="replicas">Replicas, also of those that come later while there are fewer; at least 0. 0 = all answer.</param>
    public void SilenceCaps(FleetRole role, int replicas = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(replicas);
        Edit(role, machine => machine.SilenceCaps(replicas));
    }

    /// <summary>
    /// Lets the GPUs of the oldest replicas jump to the hardware's highest cap while the caps that they were given are still read back, as when their
    /// agents are dead; what is commanded meanwhile has no effect on them.
    /// </summary>
    /// <param name="role">The role.</param>
    /// <param name="replicas">Replicas, also of those that come later while there are fewer; at least 0. 0 = caps hold again.</param>
    /// <exception cref="ArgumentException">The role has no <see cref="InMemoryRole.CapLimits"/>.</exception>
    public void LoseCaps(FleetRole role, int replicas = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(replicas);
        Edit(role, machine => machine.LoseCaps(replicas));
    }

    /// <summary>Gives a role another revision, as after the restore of a backup; commands from it on are carried out.</summary>
    /// <param name="role">The role.</param>
    /// <param name="revision">The revision; at least 0.</param>
    public void ChangeRevision(FleetRole role, long revision)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(revision);
        Edit(role, machine => machine.SetRevision(revision));
    }

    /// <summary>Begins or ends a rollout of a role: what it reports of its replicas is provisional meanwhile.</summary>
    /// <param name="role">The role.</param>
    /// <param name="isRolling">Whether its replicas are being replaced.</param>
    public void SetRolling(FleetRole role, bool isRolling) => Edit(role, machine => machine.SetRolling(isRolling));

    /// <summary>A new frontend without thresholds.</summary>
    /// <param name="name">Its name; not one that exists.</param>
    public void AddFrontend(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        lock (_lock)
        {
            if (_frontends.Exists(frontend => frontend.State.Name == name))
            {
                throw new ArgumentException($"There is a frontend '{name}' already; names must be unique.", nameof(name));
            }

            _frontends.Add(new FrontendMachine(name));
            _state = null;
        }
    }

    /// <summary>A frontend that goes.</summary>
    /// <param name="name">Its name; unknown names are ignored.</param>
    public void RemoveFrontend(string name)
    {
        lock (_lock)
        {
            _frontends.RemoveAll(frontend => frontend.State.Name == name);
            _state = null;
        }
    }

    /// <summary>A frontend that restarts: its thresholds and what it acknowledged are lost.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">No such frontend.</exception>
    public void RestartFrontend(string name)
    {
        lock (_lock)
        {
            (FindFrontend(name) ?? throw new ArgumentException(Unknown(name), nameof(name))).Restart();
            _state = null;
        }
    }

    private void Edit(FleetRole role, Action<RoleMachine> edit)
    {
        lock (_lock)
        {
            Settle();
            edit(Find(role) ?? throw new ArgumentException($"The fleet has no {role} replicas.", nameof(role)));
            _state = null;
            _peakWatts = Math.Max(_peakWatts, Charge());
        }
    }

    // Brings everything up to date whose time has come, instant by instant: caps that were in force for a while between two calls count in the peak.
    private void Settle()
    {
        var now = _time.GetTimestamp();
        while (NextDue() is var due && due <= now)
        {
            for (var i = 0; i < _delayed.Count; i++)
            {
                if (_delayed[i].Due <= due)
                {
                    _delayed[i].Apply();
                    _delayed.RemoveAt(i--);
                }
            }

            _prefill?.Settle(due);
            _decode?.Settle(due);
            _aggregated?.Settle(due);
            _state = null;
            _peakWatts = Math.Max(_peakWatts, Charge());
        }
    }

    private long NextDue()
    {
        var next = Math.Min(_prefill?.NextDue ?? long.MaxValue, Math.Min(_decode?.NextDue ?? long.MaxValue, _aggregated?.NextDue ?? long.MaxValue));
        foreach (var effect in _delayed)
        {
            next = Math.Min(next, effect.Due);
        }

        return next;
    }

    /// <summary>What bounds the draw of a role's GPUs, whatever is read back.</summary>
    internal ImmutableArray<CappedReplicas> InForce(FleetRole role)
    {
        lock (_lock)
        {
            Settle();
            return Find(role)?.InForce ?? [];
        }
    }

    /// <summary>Whether GPUs of any role have lost their caps.</summary>
    internal bool HasLostCaps
    {
        get
        {
            lock (_lock)
            {
                return (_prefill?.HasLostCaps ?? false) || (_decode?.HasLostCaps ?? false) || (_aggregated?.HasLostCaps ?? false);
            }
        }
    }

    private long Charge() => (_prefill?.ChargedWatts ?? 0) + (_decode?.ChargedWatts ?? 0) + (_aggregated?.ChargedWatts ?? 0);

    private FleetState CurrentState() => _state ??= new FleetState
    {
        Prefill = Visible(_prefill),
        Decode = Visible(_decode),
        Aggregated = Visible(_aggregated),
        Frontends = [.. _frontends.Select(frontend => frontend.State)],
    };

    private static RoleState? Visible(RoleMachine? machine) => machine is { IsHidden: false } ? machine.State : null;

    private RoleMachine? Find(FleetRole role) => role switch
    {
        FleetRole.Prefill => _prefill,
        FleetRole.Decode => _decode,
        _ => _aggregated,
    };

    private FrontendMachine? FindFrontend(string name) => _frontends.Find(frontend => frontend.State.Name == name);

    private string Unknown(string name) => $"There is no frontend '{name}'; there are: {string.Join(", ", _frontends.Select(frontend => frontend.State.Name))}.";

    private readonly record struct DelayedEffect(RecordedCommand Command, long Due, Func<bool> Apply);
}
