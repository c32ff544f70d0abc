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

    /// <summary>Whether the fleet may have changed since the controller last saw it.</summary>
    public bool IsUnseen { get; private set; } = true;

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
    }

    /// <summary>A new process has seen nothing yet.</summary>
    public void Unsee() => IsUnseen = true;

    /// <summary>The controller has been given the fleet as it is.</summary>
    public void WasRead(FleetState state)
    {
        IsUnseen = false;
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
    public void Sending(CommandKind kind, FleetRole role, int value, long revision)
    {
        Settle();
        _before = Take();
        if (!IsExcused && _before.Watts > BudgetWatts)
        {
            Fail($"{_before} is above the budget of {BudgetWatts} W before a command.");
        }

        var audit = Of(role);
        _hadOpen = audit.Open(kind).Count + audit.Late(kind).Count > 0 || audit.IsUnconfirmed(kind);
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
            audit.Answered(kind, value);
            audit.See(answer);
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
        if (HiddenCaps.Count > 0 || IsUnseen || IsUnenforced())
        {
            // Nobody can hold the controller to what it cannot know.
            IsExcused = true;
        }
        else if (now.Watts <= BudgetWatts || BudgetWatts is null)
        {
            IsExcused = false;
        }
        else if (!IsExcused)
        {
            Fail($"{now} is above the budget of {BudgetWatts} W.");
        }
    }

    private Charge _before;
    private bool _hadOpen;

    private void Check(CommandKind kind, FleetRole role, int value, CommandOutcome? outcome, bool isFresh)
    {
        var after = Take();
        if (_case.Options.Advisory)
        {
            Fail($"Advisory, and {kind} {value} was sent to {role}.");
        }

        if (!IsUnseen)
        {
            if (after.Watts > BudgetWatts && HiddenCaps.Count == 0 && after.HasRisenSince(_before, exceptCaps: IsUnenforced()))
            {
                Fail($"{kind} {role} {value} raised {_before} to {after}; the budget is {BudgetWatts} W.");
            }

            if (after.Gpus > GpuBudget && after.Gpus > _before.Gpus)
            {
                Fail($"{kind} {role} {value} raised {_before} to {after}; {GpuBudget} GPUs are allowed.");
            }

            if (outcome == CommandOutcome.NoChange && isFresh && !_hadOpen && !(kind == CommandKind.SetCap && HiddenCaps.Contains(role)))
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

    /// <summary>Whether the controller holds that some cap does not bind: a cap that lets through what flows anyway adds nothing.</summary>
    public required Func<bool> IsUnenforced { get; init; }

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

        var cap = truth.EffectiveCapWatts!.Value;
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

        public bool HasRisenSince(Charge before, bool exceptCaps) =>
            First.Replicas > before.First.Replicas || Second.Replicas > before.Second.Replicas
            || (!exceptCaps && (First.CapWatts > before.First.CapWatts || Second.CapWatts > before.Second.CapWatts));

        public override string ToString() => $"{First} + {Second} = {Watts} W";
    }

    private sealed record RoleAudit(FleetRole Role)
    {
        public (List<(int Value, long Revision)> Open, List<(int Value, DateTimeOffset Due)> Late) Caps { get; } = ([], []);

        public (List<(int Value, long Revision)> Open, List<(int Value, DateTimeOffset Due)> Late) Replicas { get; } = ([], []);

        public List<DateTimeOffset> Needless { get; } = [];

        // What was answered and has not been seen in any state that the controller was given.
        private int? _unconfirmedCap;
        private int? _unconfirmedReplicas;

        public bool IsUnconfirmed(CommandKind kind) => (kind == CommandKind.SetCap ? _unconfirmedCap : _unconfirmedReplicas) is not null;

        public void Answered(CommandKind kind, int value)
        {
            if (kind == CommandKind.SetCap)
            {
                _unconfirmedCap = value;
            }
            else
            {
                _unconfirmedReplicas = value;
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
