using PowerPlanner.Control;
using PowerPlanner.Power;

namespace PowerPlanner.Testing.InMemory;

/// <summary>The replicas of one role: which serve, which start, which drain, and the cap that was asked for. Not thread-safe.</summary>
internal sealed class RoleMachine
{
    // Times in ticks of the fleet's clock at which a replica is ready or gone; equal delays keep both lists in order.
    private readonly List<long> _startsUntil = [];
    private readonly List<long> _drainsUntil = [];
    private readonly long _startDelay;
    private readonly long _drainDelay;
    private readonly int _nonGpuWatts;
    private int _ready;
    private int _capWatts;
    private bool _isRolling;
    private int _gpus;
    private GpuPowerLimits? _limits;
    private long _revision;
    private RoleState? _state;

    public RoleMachine(InMemoryRole role, int nonGpuWattsPerGpu, long clockFrequency)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(role.GpusPerReplica, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(role.Replicas);
        ArgumentOutOfRangeException.ThrowIfLessThan(role.CapWatts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(role.StartDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(role.DrainDelay, TimeSpan.Zero);
        _gpus = role.GpusPerReplica;
        _ready = role.Replicas;
        _capWatts = role.CapWatts;
        _limits = role.CapLimits;
        _startDelay = (long)(role.StartDelay.TotalSeconds * clockFrequency);
        _drainDelay = (long)(role.DrainDelay.TotalSeconds * clockFrequency);
        _nonGpuWatts = nonGpuWattsPerGpu;
    }

    /// <summary>Whether reads leave the role out.</summary>
    public bool IsHidden { get; set; }

    /// <summary>Whether reads leave out the cap in force.</summary>
    public bool IsCapHidden { get; private set; }

    public int EffectiveCapWatts => _limits?.Clamp(_capWatts) ?? _capWatts;

    public int Existing => _ready + _startsUntil.Count + _drainsUntil.Count;

    public long ChargedWatts => CapBridge.ReplicaWatts(EffectiveCapWatts, _nonGpuWatts, _gpus) * Existing;

    public RoleState State => _state ??= new RoleState
    {
        Ready = _ready,
        Starting = _startsUntil.Count,
        Terminating = _drainsUntil.Count,
        EffectiveCapWatts = IsCapHidden ? null : EffectiveCapWatts,
        CapLimits = _limits,
        GpusPerReplica = _gpus,
        IsRolling = _isRolling,
        Revision = _revision,
    };

    /// <summary>Lets replicas become ready, or go, whose time has come; whether anything changed.</summary>
    public bool Settle(long now)
    {
        var ready = Due(_startsUntil, now);
        var gone = Due(_drainsUntil, now);
        if (ready + gone == 0)
        {
            return false;
        }

        _startsUntil.RemoveRange(0, ready);
        _drainsUntil.RemoveRange(0, gone);
        _ready += ready;
        _state = null;
        return true;
    }

    public bool SetCap(int capWatts, long? revision)
    {
        var before = EffectiveCapWatts;
        _capWatts = capWatts;
        Touch(revision);
        return EffectiveCapWatts != before;
    }

    public bool SetReplicas(int replicas, long now, long? revision)
    {
        var change = replicas - _ready - _startsUntil.Count;
        for (var i = 0; i < change; i++)
        {
            if (_startDelay == 0)
            {
                _ready++;
            }
            else
            {
                _startsUntil.Add(now + _startDelay);
            }
        }

        for (var i = 0; i > change; i--)
        {
            // What does not serve yet goes first, the newest first.
            if (_startsUntil.Count > 0)
            {
                _startsUntil.RemoveAt(_startsUntil.Count - 1);
            }
            else
            {
                _ready--;
            }

            if (_drainDelay > 0)
            {
                _drainsUntil.Add(now + _drainDelay);
            }
        }

        Touch(revision);
        return change != 0;
    }

    /// <summary>Replicas that come or go in an instant, as with a node; never below 0.</summary>
    public void AddReady(int change)
    {
        var lost = Math.Max(0, -(_ready + change));
        _ready = Math.Max(0, _ready + change);

        // What a lost node was starting is lost with it.
        var starting = Math.Min(lost, _startsUntil.Count);
        _startsUntil.RemoveRange(_startsUntil.Count - starting, starting);
        _state = null;
    }

    public void SetLimits(GpuPowerLimits? limits)
    {
        _limits = limits;
        _state = null;
    }

    public void SetGpus(int gpus)
    {
        _gpus = gpus;
        _state = null;
    }

    public void SetRolling(bool isRolling)
    {
        _isRolling = isRolling;
        _state = null;
    }

    public void HideCap(bool isHidden)
    {
        IsCapHidden = isHidden;
        _state = null;
    }

    private void Touch(long? revision)
    {
        // An effect that comes late does not make the state older.
        _revision = Math.Max(_revision, revision ?? 0);
        _state = null;
    }

    private static int Due(List<long> times, long now)
    {
        var due = 0;
        while (due < times.Count && times[due] <= now)
        {
            due++;
        }

        return due;
    }
}
