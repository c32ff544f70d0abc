using Microsoft.Extensions.Time.Testing;
using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Control.Loop;
using PowerPlanner.Planning;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Chaos;

/// <summary>Runs one case: each step, then quiet ticks in which the fleet must come to rest at the plan.</summary>
internal sealed class ChaosRun : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);
    private static readonly InvalidOperationException Unexpected = new("A tick neither ended nor asked the model.");

    private readonly FakeTimeProvider _time = new();
    private readonly ChaosCase _case;
    private readonly InMemoryFleet _fleet;
    private readonly FleetAudit _audit;
    private readonly Action<ControlLoop>? _sabotage;
    private readonly ChaosModel _model;
    private readonly IDecisionJournal? _journal;

    private PlanningProblem _problem;
    private PowerPlannerController _controller;
    private ChaosHands _hands;
    private long? _budget;
    private bool _isStarted;

    private ChaosRun(ChaosCase chaos, Action<ControlLoop>? sabotage, IDecisionJournal? journal = null)
    {
        _journal = journal;
        _case = chaos;
        _model = chaos.Model;
        _sabotage = sabotage;
        _problem = chaos.Problem;
        _budget = chaos.Problem.Limits.BudgetWatts;
        _fleet = new InMemoryFleet(chaos.Fleet, _time);
        _audit = new FleetAudit(_fleet, chaos) { Now = _time.GetUtcNow };
        (_controller, _hands) = Create();
    }

    /// <returns>What was broken, null where nothing was.</returns>
    public static string? Violation(ChaosCase chaos, Action<ControlLoop>? sabotage = null, IDecisionJournal? journal = null)
    {
        using var run = new ChaosRun(chaos, sabotage, journal);
        try
        {
            return run.Run();
        }
        catch (Exception failure)
        {
            return failure.ToString();
        }
    }

    /// <summary>Runs a case again with a journal, and saves it: for cases that fail, since a journal costs several times what a tick does.</summary>
    /// <returns>The file, for <c>powerplanner replay --journal</c>.</returns>
    public static string Record(ChaosCase chaos)
    {
        var journal = new MemoryDecisionJournal();
        Violation(ChaosCase.Of(chaos.Seed) with { Steps = chaos.Steps }, journal: journal);
        return journal.Save(FormattableString.Invariant($"chaos-{chaos.Seed}"));
    }

    /// <summary>Leaves steps out of a failing case for as long as it still fails.</summary>
    public static (ChaosCase Case, string Violation) Shrink(int seed, string violation, Action<ControlLoop>? sabotage = null)
    {
        var smallest = ChaosCase.Of(seed);
        for (var size = Math.Max(1, smallest.Steps.Length / 2); size >= 1; size /= 2)
        {
            for (var at = 0; at + size <= smallest.Steps.Length;)
            {
                ChaosStep[] steps = [.. smallest.Steps[..at], .. smallest.Steps[(at + size)..]];
                if (Violation(ChaosCase.Of(seed) with { Steps = steps }, sabotage) is { } still)
                {
                    smallest = ChaosCase.Of(seed) with { Steps = steps };
                    violation = still;
                }
                else
                {
                    at += size;
                }
            }
        }

        return (smallest, violation);
    }

    public void Dispose()
    {
        _model.Be(ChaosModel.Mood.Fine);
        _controller.Dispose();
        _hands.Tick?.Dispose();
    }

    private string? Run()
    {
        Act(kind: 0, ChaosHands.Stop.None, 0);
        foreach (var step in _case.Steps)
        {
            Take(step);
            if (_audit.Violation is { } violation)
            {
                return $"{step}: {violation}";
            }
        }

        Calm();
        return _audit.Violation is { } late ? $"Afterwards: {late}" : null;
    }

    private (PowerPlannerController Controller, ChaosHands Hands) Create()
    {
        PowerPlannerController? controller = null;
        var hands = new ChaosHands(_fleet, _audit, _time) { FencesByRevision = _case.IsFenced, Snapshot = () => controller!.CreateSnapshot().ToJson() };
        controller = new PowerPlannerController(_problem, _case.Options, hands, hands, new ControllerServices { TimeProvider = _time, Journal = _journal });
        _sabotage?.Invoke(controller.Loop);
        _isStarted = false;
        _audit.Begin();
        return (controller, hands);
    }

    private void Take(ChaosStep step)
    {
        var role = _audit.Roles[step.A % _audit.Roles.Length];
        switch (step.Action)
        {
            case ChaosAction.Tick:
                Pass(step.B);
                Observe(step.C * 1000 + step.A);
                Act(kind: 1, ChaosHands.Stop.None, 0);
                break;
            case ChaosAction.CancelledTick:
                Pass(step.B);
                Observe(step.C);
                Act(kind: 1, (ChaosHands.Stop)(1 + (step.A % 3)), step.C % 7);
                break;
            case ChaosAction.Death:
                Pass(step.B);
                Observe(step.C);
                Act(kind: 1, (ChaosHands.Stop)(4 + (step.A % 2)), step.C % 7);
                Restart(step.B % 3 * 40, isLost: false);
                break;
            case ChaosAction.ColdStart when !_audit.HasLateEffects:
                Restart(step.B % 3 * 40, isLost: true);
                break;
            case ChaosAction.Replan:
                Pass(step.B);
                Act(kind: 2, (ChaosHands.Stop)(step.A % 12 < 3 ? 1 + (step.A % 3) : 0), step.C % 7);
                break;
            case ChaosAction.Reset:
                _controller.Reset();
                break;
            case ChaosAction.Budget:
                _budget = step.A % 12 == 0 ? null : step.A % 12 == 1 ? 1 + step.B : 500 + (step.B * 6);
                _controller.UpdateBudget(_budget);
                break;
            case ChaosAction.Problem:
                Replace(step);
                break;
            case ChaosAction.Model:
                ChangeModel(step);
                break;
            case ChaosAction.Fault:
                _fleet.Inject(new FleetFault
                {
                    Kind = (FleetFaultKind)(step.A % 6),
                    Target = (FleetFaultTarget)(step.B % 6),
                    Count = 1 + (step.C % 3),
                    Frontend = null,
                    Delay = _case.LateBy,
                });
                break;
            case ChaosAction.NoMoreFaults:
                _fleet.ClearFaults();
                break;
            case ChaosAction.ForeignReplicas:
                _audit.Disturb();
                _fleet.ChangeReplicas(role, (step.B % 5) - 2);
                break;
            case ChaosAction.ForeignScale:
                _audit.Disturb();
                _fleet.ScaleByHand(role, step.B % 5);
                break;
            case ChaosAction.ForeignCap:
                _audit.Disturb();
                _fleet.CapByHand(role, 100 + step.B);
                break;
            case ChaosAction.HardwareRange:
                _audit.Disturb();
                _fleet.ChangeCapLimits(role, (step.B % 4) switch { 0 => null, 1 => new GpuPowerLimits(100, 250), 2 => new GpuPowerLimits(350, 700), _ => new GpuPowerLimits(200, 700) });
                break;
            case ChaosAction.GpusPerReplica:
                _audit.Disturb();
                _fleet.ChangeGpusPerReplica(role, 1 + (step.B % 3));
                break;
            case ChaosAction.HideRole:
                Toggle(_audit.HiddenRoles, role, hide => _fleet.HideRole(role, hide));
                break;
            case ChaosAction.HideCap:
                _audit.Disturb();
                Toggle(_audit.HiddenCaps, role, hide => _fleet.HideCap(role, hide));
                break;
            case ChaosAction.Frontend:
                ChangeFrontend(step);
                break;
        }
    }

    private static void Toggle(HashSet<FleetRole> hidden, FleetRole role, Action<bool> hide)
    {
        var isHidden = hidden.Add(role);
        if (!isHidden)
        {
            hidden.Remove(role);
        }

        hide(isHidden);
    }

    private void ChangeFrontend(ChaosStep step)
    {
        var name = $"f{1 + (step.A % 3)}";
        var exists = _fleet.State.Frontends.Any(frontend => frontend.Name == name);
        if (!exists)
        {
            _fleet.AddFrontend(name);
        }
        else if (step.B % 3 == 0)
        {
            _fleet.RemoveFrontend(name);
        }
        else
        {
            _fleet.RestartFrontend(name);
        }
    }

    private void ChangeModel(ChaosStep step)
    {
        Be((ChaosModel.Mood)(step.A % 9));
        _model.NameplateWatts = step.B % 5 == 0 ? null : 700;
        if (step.C % 3 == 0)
        {
            _model.PrefillMs = 20 + (step.B % 100);
            _model.PrefillWatts = 200 + step.B;
            _model.DecodeWatts = 150 + step.C;
        }
    }

    private void Be(ChaosModel.Mood mood)
    {
        _model.Be(mood);
        if (mood != ChaosModel.Mood.Hangs)
        {
            // A released thread takes a moment to end; sequences must not depend on how long.
            SpinWait.SpinUntil(() => !_controller.Loop.IsModelHanging, TimeSpan.FromSeconds(10));
        }
    }

    private void Replace(ChaosStep step)
    {
        _problem = _problem with
        {
            Limits = _problem.Limits with { GpuBudget = step.A % 3 == 0 ? null : 2 + (step.A % 9), BudgetWatts = _budget },
            MinPrefillReplicas = 1 + (step.B % 2),
            // Never a latency of the model: a measured mean that comes down to its target takes 58 ticks to count as met.
            TtftTargetMs = 30.5 + (step.C % 200),
            NonGpuWattsPerGpu = _case.Fleet.NonGpuWattsPerGpu,
        };
        _controller.UpdateProblem(_problem);
    }

    private void Pass(int choice)
    {
        var seconds = (choice % 10) switch { 0 => 0, 1 => 5, 2 => 600, 3 when choice % 3 == 0 => 3600, _ => 60 };
        _time.Advance(TimeSpan.FromSeconds(seconds));
    }

    private void Observe(int seed) => _fleet.SetObservation(ChaosObservation.Of(seed));

    private void Restart(int secondsAway, bool isLost)
    {
        _hands.Die();
        var snapshot = _hands.LastWords!;
        _controller.Dispose();
        _time.Advance(TimeSpan.FromSeconds(secondsAway));
        (_controller, _hands) = Create();
        if (isLost)
        {
            _audit.Forget();
            _audit.Disturb();
        }
        else
        {
            _controller.Restore(ControllerSnapshot.FromJson(snapshot));
        }

        _controller.UpdateBudget(_budget);
        Act(kind: 0, ChaosHands.Stop.None, 0);
    }

    private void Act(int kind, ChaosHands.Stop stop, int atCall)
    {
        if (!_isStarted)
        {
            // A start that was cancelled is tried again.
            kind = 0;
        }

        _audit.Check();
        if (_audit.BudgetWatts != _budget)
        {
            _audit.BudgetWatts = _budget;
            _audit.Disturb(isVisible: true);
        }

        _audit.GpuBudget = _problem.Limits.GpuBudget;

        // Where a new minimum makes everything infeasible, the last plan is kept: the least minimum so far is what counts.
        _audit.MinPrefill = Math.Min(_audit.MinPrefill, _problem.MinPrefillReplicas);
        var token = _hands.Begin(stop, atCall);
        try
        {
            var task = kind switch
            {
                0 => _controller.StartAsync(token).AsTask(),
                1 => _controller.TickAsync(token).AsTask(),
                _ => _controller.ReplanAsync(token).AsTask(),
            };
            if (!task.IsCompleted && _model.Now == ChaosModel.Mood.Hangs)
            {
                _time.Advance(_case.Options.SweepTimeout);
            }

            if (!task.Wait(TimeSpan.FromSeconds(30)))
            {
                throw Unexpected;
            }

            Judge(task.Result);
        }
        catch (AggregateException failure) when (failure.InnerException is OperationCanceledException && token.IsCancellationRequested)
        {
            Judge(_controller.Status);
        }

        // A call that was given up takes a moment to come back; sequences must not depend on how long.
        SpinWait.SpinUntil(() => !_controller.Loop.IsAdapterHanging, TimeSpan.FromSeconds(10));
        _isStarted = _controller.Status.State != ControllerState.Cold;
        _audit.Check();
    }

    private void Judge(ControllerStatus status)
    {
        var c = status.Corrections;
        foreach (var value in new[] { c.Ttft, c.Itl, c.PowerPrefill, c.PowerDecode, c.PowerAggregated })
        {
            if (!(value is >= 0.5 and <= 2))
            {
                _audit.Fail($"A coefficient is {value}: {c}.");
            }
        }

        if (!double.IsFinite(status.EstimatedTokensPerSecond) || status.EstimatedTokensPerSecond < 0)
        {
            _audit.Fail($"The estimate is {status.EstimatedTokensPerSecond}.");
        }

        if (status.State != ControllerState.Cold && status.IsDisabled != (status.DisabledReason != DisabledReason.None))
        {
            _audit.Fail($"{status.State} with reason {status.DisabledReason}.");
        }

        if ((status.State == ControllerState.Disabled && _case.Options.HalfOpenAfter is not null) || (status.State == ControllerState.Degraded && _case.Options.HalfOpenAfter is null))
        {
            _audit.Fail($"{status.State} with a half-open time of {_case.Options.HalfOpenAfter}.");
        }

        if ((status.State == ControllerState.Infeasible && status.Reason is null) || (status.State == ControllerState.BestEffort && !status.IsBestEffort))
        {
            _audit.Fail($"{status.State} with reason {status.Reason}.");
        }

        if (status.PeakLedgerWatts < status.LedgerWatts)
        {
            _audit.Fail($"A peak of {status.PeakLedgerWatts} W below {status.LedgerWatts} W.");
        }

        if (!_audit.IsUnseen && !_audit.IsCapUnknowable && status.LedgerWatts < _audit.ChargedWatts)
        {
            _audit.Fail($"The ledger says {status.LedgerWatts} W; {_audit.ChargedWatts} W may be drawn.");
        }
    }

    /// <summary>Faults end, nobody meddles any more: the fleet must come to what the controller wants, and stay there.</summary>
    private void Calm()
    {
        _fleet.ClearFaults();
        foreach (var role in _audit.Roles)
        {
            if (_audit.HiddenRoles.Remove(role))
            {
                _fleet.HideRole(role, false);
            }

            if (_audit.HiddenCaps.Remove(role))
            {
                _audit.Disturb();
                _fleet.HideCap(role, false);
            }
        }

        Be(ChaosModel.Mood.Fine);
        _controller.Reset();
        var rest = int.MaxValue;
        for (var i = 0; i < rest && _audit.Violation is null; i++)
        {
            if (rest == int.MaxValue && i >= TicksToRest && (HaveFaded || i == 700))
            {
                rest = i + 5;
                _atRest = _audit.Changes;
            }

            _time.Advance(Minute);
            _fleet.SetObservation(ChaosObservation.Quiet(_model));
            Act(kind: 1, ChaosHands.Stop.None, 0);
        }

        if (_audit.Violation is null)
        {
            JudgeRest(_controller.Status);
        }
    }

    // What does not fit is looked at again after an hour; what that finds takes a few ticks more.
    private const int TicksToRest = 80;

    private int _atRest;

    /// <summary>Whether what was learnt of power, which nothing confirms in the calm, is gone: until then caps may still follow it.</summary>
    private bool HaveFaded => _controller.Status.Corrections is var c && new[] { c.PowerPrefill, c.PowerDecode, c.PowerAggregated }.All(value => Math.Abs(value - 1) < 1e-4);

    private void JudgeRest(ControllerStatus status)
    {
        if (_audit.Changes != _atRest || status.Commands.Length > 0)
        {
            _audit.Fail($"The fleet does not come to rest: {string.Join(", ", status.Commands)}.");
        }

        if (status.State is not (ControllerState.Watching or ControllerState.RateLimited or ControllerState.BestEffort or ControllerState.Infeasible))
        {
            _audit.Fail($"The controller stays {status.State}: {status.Detail}; {Describe(status)}");
        }

        if (_case.Options.Advisory || status.State == ControllerState.Infeasible || status.Plan is not { } plan)
        {
            if (status.Plan is null && status.State != ControllerState.Infeasible)
            {
                _audit.Fail($"{status.State} without a plan.");
            }

            return;
        }

        if (_audit.ChargedWatts > _budget)
        {
            _audit.Fail($"{_audit.ChargedWatts} W at rest; the budget is {_budget} W.");
        }

        foreach (var role in _audit.Roles)
        {
            var truth = _audit.Truth(role);
            var (replicas, cap) = role == FleetRole.Prefill ? (plan.PrefillReplicas, plan.PrefillCapWatts) : (plan.DecodeReplicas, plan.DecodeCapWatts);
            if (truth.Ready != replicas || truth.Starting + truth.Terminating > 0)
            {
                _audit.Fail($"{role} rests at {truth} instead of {replicas}; {Describe(status)}");
            }

            if (truth.EffectiveCapWatts != (truth.CapLimits?.Clamp(cap) ?? cap) && _case.Options.CapProbing == CapProbing.Off)
            {
                _audit.Fail($"{role} rests at {truth} instead of {cap} W; {Describe(status)}");
            }
        }

        JudgeFrontends(status, plan);
    }

    private void JudgeFrontends(ControllerStatus status, PowerPlan plan)
    {
        var frontends = _fleet.State.Frontends;
        if (_case.Options.AdmissionMode != AdmissionMode.Autoset || frontends.Length == 0)
        {
            return;
        }

        var expected = _case.Options.AdmissionPolicy.Apply(new ImpliedUtilization(Math.Min(1, plan.ThetaDecode), plan.ThetaPrefillFraction), plan.DecodeBatch, 1, 8192);
        foreach (var frontend in frontends)
        {
            if (frontend.Thresholds != expected)
            {
                _audit.Fail($"{frontend.Name} rests at {frontend.Thresholds} instead of {expected}; {status.UnacknowledgedFrontends} are behind.");
            }
        }

        if (status.UnacknowledgedFrontends != 0)
        {
            _audit.Fail($"{status.UnacknowledgedFrontends} frontends are behind at rest.");
        }
    }

    private static string Describe(ControllerStatus status) =>
        $"applied {status.Applied}, plan ({status.Plan?.PrefillReplicas}, {status.Plan?.DecodeReplicas}) at {status.Plan?.PrefillCapWatts}/{status.Plan?.DecodeCapWatts} W, ledger {status.LedgerWatts} of {status.BudgetWatts} W, {status.Corrections}, unenforced {status.IsPrefillCapNotEnforced}/{status.IsDecodeCapNotEnforced}";
}
