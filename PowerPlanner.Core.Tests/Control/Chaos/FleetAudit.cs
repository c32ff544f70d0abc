using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Chaos;

/// <summary>
/// A ledger that knows nothing of the controller's: it sees what is sent, what is answered and what physically exists, and says after every
/// command whether a promise was broken.
/// </summary>
internal sealed class FleetAudit
{
    private readonly InMemoryFleet _fleet;
    private readonly ChaosCase _case;
    private readonly RoleAudit[] _roles;
    private readonly List<string> _trace = [];

    public FleetAudit(InMemoryFleet fleet, ChaosCase chaos)
    {
        _fleet = fleet;
        _case = chaos;
        _roles = chaos.Fleet.Aggregated is null ? [new(FleetRole.Prefill), new(FleetRole.Decode)] : [new(FleetRole.Aggregated)];
        BudgetWatts = chaos.Problem.Limits.BudgetWatts;
        GpuBudget = chaos.Problem.Limits.GpuBudget;
        MinPrefill = chaos.Problem.MinPrefillReplicas;
        MinDecode = chaos.Problem.MinDecodeReplicas;
    }

    public long? BudgetWatts { get; set; }

    public long? GpuBudget { get; set; }

    public int MinPrefill { get; set; }

    public int MinDecode { get; }

    /// <summary>Whether something else than the controller has raised the charge or cut the budget, so that the sum may be above it.</summary>
    public bool IsExcused { get; private set; } = true;

    /// <summary>Whether the fleet may have changed since the controller last saw it, or the controller has seen nothing yet.</summary>
    public bool IsUnseen { get; private set; } = true;

    // Whether somebody else may have changed it since: a new process alone raises nothing.
    private bool _isForeign;

    /// <summary>The first broken promise.</summary>
    public string? Violation { get; private set; }

    public int Commands { get; private set; }

    /// <summary>Commands that changed the fleet or the frontends' thresholds.</summary>
    public int Changes { get; private set; }

    public HashSet<FleetRole> HiddenRoles { get; } = [];

    public HashSet<FleetRole> HiddenCaps { get; } = [];

    public FleetRole[] Roles => Array.ConvertAll(_roles, role => role.Role);

    public long ChargedWatts => Take().Watts;

    public void Fail(string what) => Violation ??= what + Environment.NewLine + string.Join(Environment.NewLine, _trace);

    public bool HasLateEffects => Array.Exists(_roles, role => role.Caps.Late.Count + role.Replicas.Late.Count > 0);

    /// <summary>A process without memory takes over: what was sent and never arrived is nobody's business any more.</summary>
    public void Forget()
    {
        foreach (var role in _roles)
        {
            role.Caps.Open.Clear();
            role.Replicas.Open.Clear();
        }
    }

    /// <summary>Somebody else changes the fleet, or the budget is about to be cut.</summary>
    public void Disturb(bool isVisible = false)
    {
        IsExcused = true;
        IsUnseen |= !isVisible;
        _isForeign |= !isVisible;
    }

    /// <summary>A new process has seen nothing yet.</summary>
    public void Begin()
    {
        IsUnseen = true;
        foreach (var role in _roles)
        {
            role.Begin();
        }
    }

    /// <summary>What the controller was given may be of another time, and nothing tells it so.</summary>
    public void Mislead()
    {
        IsUnseen = true;
        _isForeign = true;
    }

    /// <summary>The controller was given a state, be it of now or not.</summary>
    public void Show(FleetState state)
    {
        foreach (var role in _roles)
        {
            if (state.Of(role.Role) is { } shown)
            {
                role.Show(shown);
            }
        }
    }

    /// <summary>The controller has been given the fleet as it is.</summary>
    public void WasRead(FleetState state)
    {
        IsUnseen = false;
        _isForeign = false;
        foreach (var role in _roles)
        {
            role.See(state.Of(role.Role)!);
        }
    }

    public RoleState Truth(FleetRole role)
    {
        Reveal(role, true);
        var state = _fleet.State.Of(role)!;
        Reveal(role, false);
        return state;
    }

    /// <summary>Carries one command out under audit.</summary>
    public void Sending(CommandKind kind, FleetRole role, int value, long revision, bool isRead)
    {
        Settle();
        _before = Take();
        if (!IsExcused && _before.Watts > BudgetWatts)
        {
            Fail($"{_before} is above the budget of {BudgetWatts} W before a command.");
        }

        var audit = Of(role);
        JudgeUnread(kind, audit, value, isRead);
        _hadOpen = audit.Open(kind).Count + audit.Late(kind).Count > 0 || audit.IsUnconfirmed(kind);

        // A new process commands everything once, so that nothing that one before it left on the wire comes later; what was answered last
        // counts until something else is; and where agents do not fence, a cap that took its time is repeated until none of them can put an
        // older one over it.
        _wasOwn = audit.IsOwn(kind, value) && !(kind == CommandKind.SetCap && !_case.IsFenced && audit.MayBeUndone(value, Now() - _case.Options.CapSettleTime));
        audit.Open(kind).Add((value, revision));
    }

    public void Sent(CommandKind kind, FleetRole role, int value, long revision, bool? isAnswered, RoleState? answer, CommandOutcome? outcome, bool isFresh, DateTimeOffset now)
    {
        Commands++;
        var audit = Of(role);
        _trace.Add($"{now:mm:ss} {kind} {role} {value} of revision {revision}: {outcome}, {(isAnswered is null ? "no answer" : isAnswered.Value ? "answered" : "refused")}");
        if (outcome is CommandOutcome.Applied or CommandOutcome.NoChange or CommandOutcome.AppliedUnanswered)
        {
            // What was sent before it can only have come before it.
            audit.Open(kind).RemoveAll(entry => entry.Revision < revision);
        }

        if (outcome is CommandOutcome.Applied or CommandOutcome.NoChange or CommandOutcome.AppliedUnanswered)
        {
            audit.Late(kind).Clear();
        }

        if (outcome == CommandOutcome.Delayed)
        {
            // A command that was taken on makes older ones void.
            audit.Late(kind).Clear();
            audit.Late(kind).Add((value, now + _case.LateBy));
        }

        if (answer is not null)
        {
            audit.Answered(kind, value, answer, now);
            audit.See(answer);
            audit.Show(answer);
            if (outcome == CommandOutcome.Delayed && !audit.IsUnconfirmed(kind))
            {
                // It is there already, so the controller is done with it. That it will be done once more is news to everybody.
                audit.Late(kind).Clear();
                audit.Needless.Add(now + _case.LateBy);
            }
        }

        switch (isAnswered)
        {
            case true:
                audit.Open(kind).Clear();
                break;
            case false:
                audit.Open(kind).RemoveAll(entry => entry.Revision == revision);
                break;
        }

        Changes += outcome is CommandOutcome.NoChange or CommandOutcome.Refused or CommandOutcome.Failed ? 0 : 1;
        Check(kind, role, value, outcome, isFresh);
    }

    /// <summary>What was charged as of now is below the budget, or somebody else is to blame.</summary>
    public void Check()
    {
        Settle();
        var now = Take();
        if (_isForeign || IsCapUnknowable)
        {
            // Nobody can hold the controller to what it cannot know.
            IsExcused = true;
            return;
        }

        if (now.Watts > BudgetWatts && !IsExcused)
        {
            Fail($"{now} is above the budget of {BudgetWatts} W.");
        }

        IsExcused = now.Watts > BudgetWatts && IsExcused;
    }

    /// <summary>Whether a cap is hidden of GPUs that name no highest one: it may be anything.</summary>
    public bool IsCapUnknowable => HiddenCaps.Any(role => Truth(role).CapLimits is null);

    /// <summary>A controller that could not read the fleet asks for no more than it last saw, and for no more than what it sent since without an answer.</summary>
    private void JudgeUnread(CommandKind kind, RoleAudit role, int value, bool isRead)
    {
        if (role.Shown is not { } shown)
        {
            Fail($"{kind} {value} was sent to {role.Role}, which this process has never seen.");
            return;
        }

        if (isRead)
        {
            return;
        }

        var most = kind == CommandKind.SetReplicas ? shown.Ready + shown.Starting : shown.EffectiveCapWatts ?? int.MaxValue;
        foreach (var (open, _) in role.Open(kind))
        {
            most = Math.Min(most, open);
        }

        if (value > most)
        {
            Fail($"{kind} {value} was sent to {role.Role} unread; {most} was the most that could raise nothing.");
        }
    }

    private Charge _before;
    private bool _hadOpen;
    private bool _wasOwn;

    private void Check(CommandKind kind, FleetRole role, int value, CommandOutcome? outcome, bool isFresh)
    {
        var after = Take();
        if (_case.Options.Advisory)
        {
            Fail($"Advisory, and {kind} {value} was sent to {role}.");
        }

        if (!IsUnseen)
        {
            if (after.Watts > BudgetWatts && !IsCapUnknowable && after.HasRisenSince(_before))
            {
                Fail($"{kind} {role} {value} raised {_before} to {after}; the budget is {BudgetWatts} W.");
            }

            if (after.Gpus > GpuBudget && after.Gpus > _before.Gpus)
            {
                Fail($"{kind} {role} {value} raised {_before} to {after}; {GpuBudget} GPUs are allowed.");
            }

            // Where agents may put an old cap over a newer one, the cap is commanded once more before replicas come that are born under it.
            if (outcome == CommandOutcome.NoChange && isFresh && !_hadOpen && _wasOwn && !(kind == CommandKind.SetCap && (HiddenCaps.Contains(role) || !_case.IsFenced)))
            {
                Fail($"{kind} {role} {value} changed nothing, and nothing was open.");
            }

            var minimum = role == FleetRole.Prefill ? MinPrefill : MinDecode;
            var live = Truth(role) is var state ? state.Ready + state.Starting : 0;
            if (_case.Options.OverBudgetPolicy == OverBudgetPolicy.ScaleDown && kind == CommandKind.SetReplicas && value > 0 && value < minimum && value > _before.Live(role))
            {
                Fail($"{value} replicas of {role} were commanded over {live}; at least {minimum} are useful.");
            }
        }

        Check();
    }

    private void Settle()
    {
        // Late effects whose time has come are physical now.
        _ = _fleet.ChargedWatts;
        foreach (var role in _roles)
        {
            role.Caps.Late.RemoveAll(entry => entry.Due <= Now());
            role.Replicas.Late.RemoveAll(entry => entry.Due <= Now());
            if (role.Needless.RemoveAll(due => due <= Now()) > 0)
            {
                Disturb();
            }
        }
    }

    public required Func<DateTimeOffset> Now { get; init; }

    private Charge Take()
    {
        var first = Of(_roles[0], out var firstLive);
        if (_roles.Length == 1)
        {
            return new Charge(first, default, firstLive, 0, _roles[0].Role);
        }

        var second = Of(_roles[1], out var secondLive);
        return new Charge(first, second, firstLive, secondLive, _roles[0].Role);
    }

    private RoleCharge Of(RoleAudit audit, out int live)
    {
        var truth = Truth(audit.Role);
        live = truth.Ready + truth.Starting;
        var replicas = live;

        // A cap that cannot be read back is charged at the highest that the hardware allows.
        var cap = HiddenCaps.Contains(audit.Role) && truth.CapLimits is { } limits ? limits.MaxWatts : truth.EffectiveCapWatts!.Value;
        foreach (var (value, _) in audit.Replicas.Open)
        {
            replicas = Math.Max(replicas, value);
        }

        foreach (var (value, _) in audit.Replicas.Late)
        {
            replicas = Math.Max(replicas, value);
        }

        foreach (var (value, _) in audit.Caps.Open)
        {
            cap = Math.Max(cap, truth.CapLimits?.Clamp(value) ?? value);
        }

        foreach (var (value, _) in audit.Caps.Late)
        {
            cap = Math.Max(cap, truth.CapLimits?.Clamp(value) ?? value);
        }

        return new RoleCharge(replicas + truth.Terminating, cap, truth.GpusPerReplica!.Value, _case.Fleet.NonGpuWattsPerGpu);
    }

    private RoleAudit Of(FleetRole role) => _roles[0].Role == role ? _roles[0] : _roles[1];

    private void Reveal(FleetRole role, bool reveal)
    {
        if (HiddenRoles.Contains(role))
        {
            _fleet.HideRole(role, !reveal);
        }

        if (HiddenCaps.Contains(role))
        {
            _fleet.HideCap(role, !reveal);
        }
    }

    private readonly record struct RoleCharge(int Replicas, int CapWatts, int GpusPerReplica, int NonGpuWatts)
    {
        public long Watts => (long)Replicas * GpusPerReplica * (CapWatts + NonGpuWatts);

        public long Gpus => (long)Replicas * GpusPerReplica;

        public override string ToString() => $"{Replicas} × {GpusPerReplica} × {CapWatts} W";
    }

    private readonly record struct Charge(RoleCharge First, RoleCharge Second, int FirstLive, int SecondLive, FleetRole FirstRole)
    {
        public long Watts => First.Watts + Second.Watts;

        public long Gpus => First.Gpus + Second.Gpus;

        public int Live(FleetRole role) => role == FirstRole ? FirstLive : SecondLive;

        public bool HasRisenSince(Charge before) =>
            First.Replicas > before.First.Replicas || Second.Replicas > before.Second.Replicas
            || First.CapWatts > before.First.CapWatts || Second.CapWatts > before.Second.CapWatts;

        public override string ToString() => $"{First} + {Second} = {Watts} W";
    }

    private sealed record RoleAudit(FleetRole Role)
    {
        public (List<(int Value, long Revision)> Open, List<(int Value, DateTimeOffset Due)> Late) Caps { get; } = ([], []);

        public (List<(int Value, long Revision)> Open, List<(int Value, DateTimeOffset Due)> Late) Replicas { get; } = ([], []);

        public List<DateTimeOffset> Needless { get; } = [];

        /// <summary>The newest state that the process that runs was given; null before the first.</summary>
        public RoleState? Shown { get; private set; }

        // How new a state was that this process was given. What one before it was given is a hint, and no reason to refuse a state.
        private long _newest;

        public void Begin()
        {
            Shown = null;
            _newest = 0;
            _isCapOwn = _areReplicasOwn = false;
        }

        /// <summary>A state older than one that was given before is none.</summary>
        public void Show(RoleState state)
        {
            if (state.Revision == 0 || state.Revision >= _newest)
            {
                Shown = state;
                _newest = Math.Max(_newest, state.Revision);
            }
        }

        // What was answered and has not been seen in any state that the controller was given.
        private int? _unconfirmedCap;
        private int? _unconfirmedReplicas;

        public bool IsUnconfirmed(CommandKind kind) => (kind == CommandKind.SetCap ? _unconfirmedCap : _unconfirmedReplicas) is not null;

        // Whether the process that runs has commanded it, and what it commanded last.
        private bool _isCapOwn;
        private bool _areReplicasOwn;
        private int _count;
        private (int Value, DateTimeOffset Since, bool TookTime) _cap;

        public bool IsOwn(CommandKind kind, int value) => kind == CommandKind.SetCap ? _isCapOwn && _cap.Value == value : _areReplicasOwn && _count == value;

        /// <summary>Whether a cap was first answered after an instant, and was not in effect then.</summary>
        public bool MayBeUndone(int capWatts, DateTimeOffset since) => _cap.Value == capWatts && _cap.TookTime && _cap.Since > since;

        public void Answered(CommandKind kind, int value, RoleState answer, DateTimeOffset now)
        {
            if (kind == CommandKind.SetCap)
            {
                if (!_isCapOwn || _cap.Value != value)
                {
                    _cap = (value, now, answer.EffectiveCapWatts != (answer.CapLimits?.Clamp(value) ?? value));
                }

                _unconfirmedCap = value;
                _isCapOwn = true;
            }
            else
            {
                _unconfirmedReplicas = value;
                _areReplicasOwn = true;
                _count = value;
            }
        }

        public void See(RoleState state)
        {
            if (_unconfirmedCap is { } cap && state.EffectiveCapWatts == (state.CapLimits?.Clamp(cap) ?? cap))
            {
                _unconfirmedCap = null;
            }

            if (_unconfirmedReplicas == state.Ready + state.Starting)
            {
                _unconfirmedReplicas = null;
            }
        }

        public List<(int Value, long Revision)> Open(CommandKind kind) => kind == CommandKind.SetCap ? Caps.Open : Replicas.Open;

        public List<(int Value, DateTimeOffset Due)> Late(CommandKind kind) => kind == CommandKind.SetCap ? Caps.Late : Replicas.Late;
    }
}
