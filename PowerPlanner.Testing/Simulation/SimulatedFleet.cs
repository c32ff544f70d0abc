using PowerPlanner.Control;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Testing.Simulation;

/// <summary>
/// A deployment that reacts: an <see cref="InMemoryFleet"/> for replicas, caps and frontends, and equations for what its GPUs draw and how
/// fast they serve. It is a controller's actuator and metrics source; an observation covers one tick and comes from <see cref="Step(int)"/>.
/// </summary>
/// <remarks>
/// <para>A run is a pure function of setup, seed and commands, the same to the last bit on every platform: the noise has a generator of its own
/// with one stream a signal, and logarithms and sines are computed from correctly rounded operations only.</para>
/// <para>Physical equations: a GPU draws the smaller of its demand and its cap; a step lengthens by demand over cap; the slower role bounds
/// the capacity (an engine that runs both phases takes turns, and draws what the turns draw on average); latency grows as 1/(1 − u), at most tenfold, with the utilization u of each role. Warming replicas draw a fixed share of
/// their nameplate power, at most their cap, and serve nothing; replicas under different caps serve and draw each at its own, and what is reported for a GPU is their mean; draining ones draw on. Draw is that at the tick, before the controller's
/// commands: what a warm-up draws in the seconds before its cap lands is between ticks and not seen.</para>
/// <para>Not thread-safe beyond what <see cref="InMemoryFleet"/> promises.</para>
/// </remarks>
public sealed partial class SimulatedFleet : IMetricsSource, IActuator
{
    private const double MostQueueing = 10;
    private const double HighestUtilization = 0.99;
    private const double PrefillShare = 0.4;
    private const double DecodeShare = 0.6;

    private static readonly int SignalCount = Enum.GetValues<FleetSignal>().Length;

    private readonly SimulatedFleetSetup _setup;
    private readonly NoiseStream[] _noise;
    private readonly double[] _bias;
    private readonly List<double[]> _readings = [];
    private readonly FleetFault _deniedCaps = new() { Kind = FleetFaultKind.Refuse, Target = FleetFaultTarget.Caps };
    private readonly FleetFault _deniedReplicas = new() { Kind = FleetFaultKind.Refuse, Target = FleetFaultTarget.Replicas };
    private readonly Dictionary<FleetEvent, List<FleetFault>> _frontendFaults = [];
    private readonly Dictionary<FleetRole, int> _lostCaps = [];
    private readonly Dictionary<FleetRole, int> _unreadCaps = [];
    private EngineConstants _engines;
    private bool _isDenied;

    /// <summary>Creates a fleet.</summary>
    /// <param name="setup">What it consists of and what happens to it.</param>
    /// <param name="time">The clock; the fleet never moves it.</param>
    /// <exception cref="ArgumentException">Neither both roles nor engines for both phases; or such engines in a fleet that is not physical.</exception>
    public SimulatedFleet(SimulatedFleetSetup setup, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentNullException.ThrowIfNull(time);
        if ((setup.Prefill is null || setup.Decode is null) == (setup.Aggregated is null) || (setup.Prefill is null) != (setup.Decode is null))
        {
            throw new ArgumentException("A simulated fleet has either Prefill and Decode, or Aggregated.", nameof(setup));
        }

        if (setup is { Aggregated: not null, Physics: FleetPhysics.Compat })
        {
            throw new ArgumentException("Aggregated engines need Physics to be Physical; the reference's test bed, Compat, has no equations for them.", nameof(setup));
        }

        _setup = setup;
        _engines = setup.Engines;
        _bias = new double[SignalCount];
        Array.Fill(_bias, 1);
        _noise = [.. Enum.GetValues<FleetSignal>().Select(signal => new NoiseStream(setup.Seed, (int)signal, setup.Noise.Of(signal)))];
        Machine = new InMemoryFleet(
            new InMemoryFleetSetup { Prefill = setup.Prefill, Decode = setup.Decode, Aggregated = setup.Aggregated, Frontends = setup.Frontends, NonGpuWattsPerGpu = setup.NonGpuWattsPerGpu, FencesByRevision = setup.FencesByRevision },
            time);

        // Before the first step there is no traffic to report, only what the workers are.
        Observation = new Observation { Prefill = Inventory(setup.Prefill), Decode = Inventory(setup.Decode), Aggregated = Inventory(setup.Aggregated) };

        RoleObservation? Inventory(InMemoryRole? role) => role is null ? null : new()
        {
            ReadyReplicas = role.Replicas,
            MaxBatchedTokens = Lasting<MaxBatchedTokensUnknown>(0) is null ? setup.MaxBatchedTokens : null,
        };
    }

    /// <summary>Replicas, caps and frontends; its faults and foreign edits may be used too.</summary>
    public InMemoryFleet Machine { get; }

    /// <inheritdoc/>
    public bool FencesByRevision => Machine.FencesByRevision;

    /// <summary>What really happened at the last step.</summary>
    public FleetTruth Truth { get; private set; }

    /// <summary>What the last step reports; before the first, what the workers are and no traffic.</summary>
    public Observation Observation { get; private set; }

    /// <summary>Other engine constants from the next step on: another operating point, another length of prompts.</summary>
    /// <param name="engines">The constants.</param>
    public void UseEngines(EngineConstants engines)
    {
        ArgumentNullException.ThrowIfNull(engines);
        _engines = engines;
    }

    /// <summary>Lets denied writes, lost and unread caps and faulty frontends strike, or ends them, without a step: at tick 0 before a controller starts.</summary>
    /// <param name="tick">The tick.</param>
    public void ApplyFaults(int tick)
    {
        var isDenied = Lasting<WritesDenied>(tick) is not null;
        if (isDenied != _isDenied)
        {
            _isDenied = isDenied;
            if (isDenied)
            {
                Machine.Inject(_deniedCaps);
                Machine.Inject(_deniedReplicas);
            }
            else
            {
                Machine.Remove(_deniedCaps);
                Machine.Remove(_deniedReplicas);
            }
        }

        foreach (var role in Roles)
        {
            ApplyCapFaults(role, tick);
        }

        foreach (var fault in _setup.Events.OfType<FrontendFault>())
        {
            if (fault.HoldsAt(tick) && !_frontendFaults.ContainsKey(fault))
            {
                _frontendFaults[fault] = [.. _setup.Frontends.Take((int)Math.Round(fault.Fraction * _setup.Frontends.Length)).Select(InjectFrontendFault)];
            }
            else if (!fault.HoldsAt(tick) && _frontendFaults.Remove(fault, out var injected))
            {
                injected.ForEach(Machine.Remove);
            }
        }
    }

    /// <summary>Lets the events of a tick happen and the fleet work through the load profile's tick.</summary>
    /// <param name="tick">The tick; one more than the last one's.</param>
    public void Step(int tick) => Step(tick, new OfferedLoad(_setup.Load.TokensPerSecond(tick) / (_setup.Isl + _setup.Osl), _setup.Isl, _setup.Osl));

    /// <summary>Lets the events of a tick happen and the fleet work through a given load.</summary>
    /// <param name="tick">The tick; one more than the last one's.</param>
    /// <param name="load">What arrives.</param>
    public void Step(int tick, in OfferedLoad load)
    {
        ApplyFaults(tick);
        foreach (var happening in _setup.Events)
        {
            if (happening.AtTick == tick)
            {
                Apply(happening);
            }
        }

        foreach (var ramp in _setup.Events.OfType<BiasRamp>())
        {
            if (tick >= ramp.AtTick)
            {
                _bias[(int)ramp.Signal] = ramp.From + ((ramp.To - ramp.From) * Math.Clamp((tick - ramp.AtTick) / (double)Math.Max(1, ramp.EndTick - ramp.AtTick), 0, 1));
            }
        }

        var enforcesCaps = Lasting<CapsNotEnforced>(tick) is null;
        var factors = new double[SignalCount];
        for (var i = 0; i < factors.Length; i++)
        {
            factors[i] = _bias[i] * Sine((FleetSignal)i, tick) * _noise[i].NextFactor();
        }

        var state = Machine.State;
        Truth = state.Aggregated is { } engines ? StepAggregated(engines, load, factors, enforcesCaps)
            : _setup.Physics == FleetPhysics.Compat
            ? StepCompat(state.Prefill!, state.Decode!, load, factors)
            : StepPhysical(state.Prefill!, state.Decode!, load, factors, enforcesCaps);
        _readings.Add(Readings());
        Observation = Observe(tick, load);
    }

    /// <inheritdoc/>
    public ValueTask<Observation?> ObserveAsync(CancellationToken cancellationToken)
    {
        Machine.SetObservation(Observation);
        return Machine.ObserveAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken) => Machine.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken) => Machine.SetCapAsync(command, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken) => Machine.SetReplicasAsync(command, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) => Machine.SetThresholdsAsync(command, cancellationToken);

    // Edits only what changes: an edit makes the fleet's state anew.
    private void ApplyCapFaults(FleetRole role, int tick)
    {
        var lost = _setup.Events.OfType<CapsLost>().FirstOrDefault(fault => fault.Role == role && fault.HoldsAt(tick))?.Replicas ?? 0;
        if (_lostCaps.GetValueOrDefault(role) != lost)
        {
            Machine.LoseCaps(role, _lostCaps[role] = lost);
        }

        var unread = _setup.Events.OfType<CapsUnread>().FirstOrDefault(fault => fault.Role == role && fault.HoldsAt(tick))?.Replicas ?? 0;
        if (_unreadCaps.GetValueOrDefault(role) != unread)
        {
            Machine.SilenceCaps(role, _unreadCaps[role] = unread);
        }
    }

    private CapsInForce Caps(FleetRole role, RoleState state, bool enforcesCaps) =>
        new(Machine.InForce(role), state.EffectiveCapWatts ?? _engines.NameplateWatts, enforcesCaps ? null : _engines.NameplateWatts);

    private FleetFault InjectFrontendFault(string name)
    {
        var fault = new FleetFault { Kind = FleetFaultKind.Refuse, Target = FleetFaultTarget.Admission, Frontend = name };
        Machine.Inject(fault);
        return fault;
    }

    private void Apply(FleetEvent happening)
    {
        switch (happening)
        {
            case BiasStep step:
                _bias[(int)step.Signal] = step.Value;
                break;
            case CapRangeChange range:
                foreach (var role in Roles)
                {
                    Machine.ChangeCapLimits(role, new GpuPowerLimits(range.MinWatts, range.MaxWatts));
                }

                break;
            case NodeChange node:
                foreach (var role in Roles)
                {
                    Machine.ChangeReplicas(role, role == FleetRole.Prefill ? node.Prefill : node.Decode);
                }

                break;
            case ForeignScaling foreign:
                Machine.ScaleByHand(foreign.Role, foreign.Replicas);
                break;
            case FrontendRestart restart:
                Machine.RestartFrontend(restart.Frontend);
                break;
            default:
                // The rest are states that hold while they last, or the runner's business.
                break;
        }
    }

    private double Sine(FleetSignal signal, int tick)
    {
        var factor = 1.0;
        foreach (var sine in _setup.Events.OfType<BiasSine>())
        {
            if (sine.Signal == signal && tick >= sine.AtTick)
            {
                factor *= 1 + (sine.Amplitude * PortableMath.SinOfTurns((tick / sine.PeriodTicks) + sine.PhaseTurns));
            }
        }

        return factor;
    }

    private FleetTruth StepCompat(RoleState prefill, RoleState decode, in OfferedLoad load, double[] factors)
    {
        var tokensPerRequest = load.Isl + load.Osl;
        var capacityTokens = _engines.DecodeRequestsPerSecond * decode.Ready * tokensPerRequest * _bias[(int)FleetSignal.Capacity];
        var utilization = Math.Min(HighestUtilization, load.TokensPerSecond / Math.Max(1, capacityTokens));
        var queueing = Queueing(utilization);
        var prefillCap = HighestCap(FleetRole.Prefill, prefill);
        var decodeCap = HighestCap(FleetRole.Decode, decode);
        var ttft = _engines.TtftMs * _engines.NameplateWatts / prefillCap * factors[(int)FleetSignal.Ttft] * queueing;
        var itl = _engines.ItlMs * (decodeCap < _engines.DecodePowerFloorWatts ? _engines.DecodePowerFloorWatts / decodeCap : 1) * factors[(int)FleetSignal.Itl] * queueing;
        var prefillWatts = _engines.PrefillWatts * factors[(int)FleetSignal.PowerPrefill];
        var decodeWatts = _engines.DecodeWatts * factors[(int)FleetSignal.PowerDecode];

        // Noise of the capacity acts on what is reported, after the queueing.
        var noisyCapacity = _engines.DecodeRequestsPerSecond * decode.Ready * factors[(int)FleetSignal.Capacity];
        return new FleetTruth(
            load,
            noisyCapacity,
            Math.Min(load.RequestsPerSecond, Math.Max(0, noisyCapacity)),
            ttft,
            itl,
            prefillWatts,
            decodeWatts,
            (Existing(prefill) * _setup.Prefill!.GpusPerReplica * prefillWatts) + (Existing(decode) * _setup.Decode!.GpusPerReplica * decodeWatts),
            EnforcesCaps: false,
            prefill.Starting + prefill.Terminating + decode.Starting + decode.Terminating == 0);
    }

    private int HighestCap(FleetRole role, RoleState state)
    {
        var highest = 0;
        foreach (var some in Machine.InForce(role))
        {
            highest = Math.Max(highest, some.CapWatts);
        }

        return highest > 0 ? highest : Math.Max(1, state.EffectiveCapWatts ?? 1);
    }

    private FleetTruth StepPhysical(RoleState prefill, RoleState decode, in OfferedLoad load, double[] factors, bool enforcesCaps)
    {
        var prefillCaps = Caps(FleetRole.Prefill, prefill, enforcesCaps);
        var decodeCaps = Caps(FleetRole.Decode, decode, enforcesCaps);
        var prefillDemand = _engines.PrefillWatts * factors[(int)FleetSignal.PowerPrefill];
        var decodeDemand = _engines.DecodeWatts * factors[(int)FleetSignal.PowerDecode];
        var prefillThrottle = prefillCaps.Stretch(prefillDemand);
        var decodeThrottle = decodeCaps.Stretch(decodeDemand);
        var prefillRate = prefill.Ready * _engines.PrefillRequestsPerSecond / (prefillThrottle * factors[(int)FleetSignal.Ttft]);
        var decodeRate = decode.Ready * _engines.DecodeRequestsPerSecond / (decodeThrottle * factors[(int)FleetSignal.Itl]);
        var prefillUtilization = Utilization(load.RequestsPerSecond, prefillRate);
        var decodeUtilization = Utilization(load.RequestsPerSecond, decodeRate);
        var capacity = Math.Min(prefillRate, decodeRate) * factors[(int)FleetSignal.Capacity];
        var served = Math.Min(load.RequestsPerSecond, Math.Max(0, capacity));
        var idle = _setup.IdleFraction * _engines.NameplateWatts;
        var prefillBusy = served > 0 ? prefillDemand : idle;
        var decodeBusy = served > 0 ? decodeDemand : idle;
        var warmup = _setup.WarmupFraction * _engines.NameplateWatts;
        return new FleetTruth(
            load,
            capacity,
            served,
            _engines.TtftMs * prefillThrottle * factors[(int)FleetSignal.Ttft] * Queueing(prefillUtilization),
            _engines.ItlMs * decodeThrottle * factors[(int)FleetSignal.Itl] * Queueing(decodeUtilization),
            prefillCaps.Draw(ReplicaPhase.Ready, prefillBusy),
            decodeCaps.Draw(ReplicaPhase.Ready, decodeBusy),
            RoleWatts(prefill, _setup.Prefill!.GpusPerReplica, prefillCaps, prefillBusy, warmup)
                + RoleWatts(decode, _setup.Decode!.GpusPerReplica, decodeCaps, decodeBusy, warmup),
            enforcesCaps && !Machine.HasLostCaps,
            prefill.Starting + prefill.Terminating + decode.Starting + decode.Terminating == 0)
        {
            PrefillUtilization = prefillUtilization,
            DecodeUtilization = decodeUtilization,
        };
    }

    private Observation Observe(int tick, in OfferedLoad load)
    {
        var lag = Lasting<MetricsLag>(tick);
        var values = (double[])_readings[Math.Max(0, tick - (lag?.LagTicks ?? 0))].Clone();
        var duration = _setup.Tick;
        foreach (var cross in _setup.Events.OfType<WindowCross>())
        {
            if (cross.AtTick == tick)
            {
                var old = _readings[Math.Clamp(cross.BeforeTick, 0, tick)][(int)cross.Signal];
                values[(int)cross.Signal] = (cross.OldWeight * old) + ((1 - cross.OldWeight) * values[(int)cross.Signal]);
                duration = _setup.Tick / (1 - cross.OldWeight);
            }
        }

        foreach (var given in _setup.Events.OfType<ReadingOverride>())
        {
            values[(int)given.Signal] = given.HoldsAt(tick) ? given.Value : values[(int)given.Signal];
        }

        var present = new bool[SignalCount];
        Array.Fill(present, true);
        foreach (var outage in _setup.Events.OfType<MetricsOutage>())
        {
            for (var i = 0; i < present.Length; i++)
            {
                present[i] &= !(outage.HoldsAt(tick) && (outage.Signals.IsDefaultOrEmpty || outage.Signals.Contains((FleetSignal)i)));
            }
        }

        double? Value(FleetSignal signal) => present[(int)signal] ? values[(int)signal] : null;
        var tokens = Value(FleetSignal.Capacity);
        var requests = _setup.Physics == FleetPhysics.Compat ? Math.Floor(tokens / (load.Isl + load.Osl) ?? double.NaN) : load.RequestsPerSecond * _setup.Tick.TotalSeconds;
        long? maxBatchedTokens = Lasting<MaxBatchedTokensUnknown>(tick) is null ? _setup.MaxBatchedTokens : null;
        var servedTokens = Truth.ServedRequestsPerSecond * (load.Isl + load.Osl);
        var state = Machine.State;
        return new Observation
        {
            Duration = duration,
            Age = Lasting<ReportedAge>(tick)?.Age,
            Requests = tokens is null ? null : requests,
            Isl = tokens is null ? null : load.Isl,
            Osl = tokens is null ? null : load.Osl,
            TtftMs = Value(FleetSignal.Ttft),
            ItlMs = Value(FleetSignal.Itl),
            TokensPerSecond = tokens,
            TotalWatts = _setup.Physics == FleetPhysics.Compat || !present[(int)FleetSignal.PowerPrefill] || !present[(int)FleetSignal.PowerDecode] ? null : Truth.FleetWatts,
            Prefill = Role(state.Prefill, FleetSignal.PowerPrefill, PrefillShare),
            Decode = Role(state.Decode, FleetSignal.PowerDecode, DecodeShare),
            Aggregated = Role(state.Aggregated, FleetSignal.PowerDecode, 1),
        };

        RoleObservation? Role(RoleState? role, FleetSignal power, double share) => role is null ? null : new()
        {
            PowerWattsPerGpu = Value(power),
            ScheduledTokens = share * servedTokens,
            ReadyReplicas = role.Ready,
            MaxBatchedTokens = maxBatchedTokens,
        };
    }

    // What a perfect metrics source would say, by signal.
    private double[] Readings()
    {
        var tokens = _setup.Physics == FleetPhysics.Compat ? Truth.ServedRequestsPerSecond * (Truth.Load.Isl + Truth.Load.Osl) : Truth.Load.TokensPerSecond;
        return [Truth.PrefillWattsPerGpu, Truth.DecodeWattsPerGpu, Truth.TtftMs, Truth.ItlMs, tokens];
    }

    private T? Lasting<T>(int tick)
        where T : LastingEvent
    {
        foreach (var happening in _setup.Events)
        {
            if (happening is T lasting && lasting.HoldsAt(tick))
            {
                return lasting;
            }
        }

        return null;
    }

    private static double RoleWatts(RoleState role, int gpus, in CapsInForce caps, double busyWatts, double warmupWatts)
    {
        var (ready, leaving) = (caps.Draw(ReplicaPhase.Ready, busyWatts), caps.Draw(ReplicaPhase.Terminating, busyWatts));
        var running = ready == leaving ? (role.Ready + role.Terminating) * ready : (role.Ready * ready) + (role.Terminating * leaving);
        return gpus * (running + (role.Starting * caps.Draw(ReplicaPhase.Starting, warmupWatts)));
    }

    private static int Existing(RoleState role) => role.Ready + role.Starting + role.Terminating;

    private static double Utilization(double offered, double rate) => rate > 0 ? offered / rate : offered > 0 ? double.PositiveInfinity : 0;

    private static double Queueing(double utilization) => Math.Min(MostQueueing, 1 / Math.Max(0.01, 1 - Math.Min(HighestUtilization, utilization)));
}
