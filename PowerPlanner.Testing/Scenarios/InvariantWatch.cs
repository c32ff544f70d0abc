using System.Globalization;
using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>
/// What must hold in every run. After every command: it does not raise the charge above the budget (I1), counts and GPUs keep their bounds
/// (I3). After every tick: the ledger is within the budget, or on its way there after a cut or foreign replicas, and then nothing that the
/// controller controls rises (I1); the true draw is within the budget where caps are enforced and nothing is in transit (I2); coefficients
/// are in range and numbers finite (I4). Over the run: counts do not swing (I6).
/// </summary>
internal sealed class InvariantWatch
{
    private const int CalmTicksAfterEvent = 3;
    private const int SettlingTicks = 2;
    private const int MostReports = 5;
    private const double TickSeconds = 60;
    private const double FlipsPerHundredTicks = 3;
    private const double FlipsPerBudgetChange = 2;

    private readonly Scenario _scenario;
    private readonly List<string> _violations = [];
    private readonly Dictionary<string, int> _reports = [];
    private readonly Dictionary<FleetRole, (int Count, int Direction)> _commanded = [];
    private int _tick = -1;
    private long? _budget;
    private bool _isExcused = true;
    private int _ticksOver;
    private bool _hadFailedWrite;
    private int _countedFlips;

    public InvariantWatch(Scenario scenario)
    {
        _scenario = scenario;
        _budget = scenario.Base.BudgetWatts;
    }

    public IReadOnlyList<string> Violations => _violations;

    public int DirectionFlips { get; private set; }

    /// <summary>A tick begins; what happens at it may put the ledger above the budget without the controller's doing.</summary>
    public void BeginTick(int tick, long? budget)
    {
        _tick = tick;
        _hadFailedWrite = false;
        _isExcused |= Lowered(budget) || _scenario.Events.Any(happening => happening.AtTick == tick && happening is NodeChange { Prefill: > 0 } or NodeChange { Decode: > 0 } or ForeignScaling or CapRangeChange);
        _budget = budget;
    }

    public void NoteFailedWrite() => _hadFailedWrite = true;

    public void Report(string violation)
    {
        // A breach that lasts is told by its first ticks.
        var invariant = violation[..violation.IndexOf(':', StringComparison.Ordinal)];
        var count = _reports[invariant] = _reports.GetValueOrDefault(invariant) + 1;
        if (count <= MostReports)
        {
            _violations.Add(string.Create(CultureInfo.InvariantCulture, $"t{_tick}: {violation}"));
        }
    }

    public void CheckCount(FleetRole role, int replicas)
    {
        if (replicas != 0 && replicas < _scenario.Base.MinEndpoint)
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"I3: {replicas} {role} replicas were asked for; at least {_scenario.Base.MinEndpoint}, or none, are allowed"));
        }

        if (_commanded.TryGetValue(role, out var last) && last.Count != replicas)
        {
            var direction = Math.Sign(replicas - last.Count);
            if (last.Direction != 0 && direction != last.Direction)
            {
                DirectionFlips++;
                _countedFlips += IsCalm() ? 1 : 0;
            }

            _commanded[role] = (replicas, direction);
        }
        else
        {
            _commanded[role] = (replicas, last.Direction);
        }
    }

    public void CheckCommand(in RecordedCommand command)
    {
        if (_budget is { } budget && command.ChargedWattsAfter > budget && command.ChargedWattsAfter > command.ChargedWattsBefore)
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"I1: {command.Kind} {command.Role} {command.Value} raised the charge from {command.ChargedWattsBefore} W to {command.ChargedWattsAfter} W; the budget is {budget} W"));
        }
    }

    public void CheckTick(ScenarioTick tick)
    {
        // The draw is that before the tick's commands: what excuses it must not be over by their doing.
        CheckTruth(tick);
        CheckLedger(tick);
        CheckGpus(tick);
        CheckNumbers(tick.Status);
    }

    public void CheckRun(int ticks)
    {
        var allowed = (FlipsPerHundredTicks * Math.Max(1, ticks / 100.0)) + (FlipsPerBudgetChange * _scenario.Events.OfType<BudgetChange>().Count());
        if (_countedFlips > allowed)
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"I6: counts turned round {_countedFlips} times in {ticks} ticks; at most {allowed} times are allowed"));
        }
    }

    private void CheckLedger(ScenarioTick tick)
    {
        var status = tick.Status;
        if (_budget is not { } budget || status.LedgerWatts <= budget)
        {
            // What put it above is over; the next excess needs a cause of its own.
            _isExcused = false;
            _ticksOver = 0;
            return;
        }

        var isUncounted = _hadFailedWrite || status.IsPrefillCapNotEnforced || status.IsDecodeCapNotEnforced || (_scenario.Physics == FleetPhysics.Physical && !tick.Truth.EnforcesCaps)
            || (_scenario.Options.OverBudgetPolicy != OverBudgetPolicy.ScaleDown && (status.Reason is not null || status.State == ControllerState.Infeasible))
            || _scenario.Options.Advisory;
        _isExcused |= isUncounted;
        _ticksOver += isUncounted ? 0 : 1;
        if (!_isExcused)
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"I1: the ledger is {status.LedgerWatts} W above no cut and without foreign replicas; the budget is {budget} W"));
        }
        else if ((_ticksOver - SettlingTicks) * TickSeconds > _scenario.EffectiveDrain.TotalSeconds)
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"I1: the ledger is still {status.LedgerWatts} W after {_ticksOver} ticks; the budget is {budget} W"));
        }

        foreach (var command in tick.Commands)
        {
            if (command.Outcome == CommandOutcome.Applied && command.ChargedWattsAfter > command.ChargedWattsBefore)
            {
                Report(string.Create(CultureInfo.InvariantCulture, $"I1: {command.Kind} {command.Role} {command.Value} raised the charge above the budget of {budget} W"));
            }
        }
    }

    private void CheckTruth(ScenarioTick tick)
    {
        if (_budget is { } budget && _scenario.Physics == FleetPhysics.Physical && tick.Truth is { EnforcesCaps: true, IsSettled: true } && !_isExcused && !_hadFailedWrite
            && tick.Truth.FleetWatts > budget * (1 + 1e-9))
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"I2: the fleet draws {tick.Truth.FleetWatts} W; the budget is {budget} W"));
        }
    }

    private void CheckGpus(ScenarioTick tick)
    {
        var gpus = Gpus(tick.After.Prefill) + Gpus(tick.After.Decode);
        if (!_isExcused && tick.Commands.Any(command => command.Kind == CommandKind.SetReplicas) && gpus > _scenario.Base.GpuBudget)
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"I3: {gpus} GPUs run; {_scenario.Base.GpuBudget} are allowed"));
        }
    }

    private void CheckNumbers(ControllerStatus status)
    {
        var corrections = status.Corrections;
        foreach (var value in (ReadOnlySpan<double>)[corrections.Ttft, corrections.Itl, corrections.PowerPrefill, corrections.PowerDecode, corrections.PowerAggregated])
        {
            if (!(value >= Performance.Corrections.Minimum && value <= Performance.Corrections.Maximum))
            {
                Report(string.Create(CultureInfo.InvariantCulture, $"I4: the coefficients are {corrections}; each must be from {Performance.Corrections.Minimum} to {Performance.Corrections.Maximum}"));
            }
        }

        if (!double.IsFinite(status.EstimatedTokensPerSecond) || status.EstimatedTokensPerSecond < 0 || status.MeasuredWatts is { } watts && !double.IsFinite(watts))
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"I4: {status.EstimatedTokensPerSecond} tokens/s and {status.MeasuredWatts} W must be finite"));
        }
    }

    private bool Lowered(long? budget) => budget is { } now && (_budget is not { } was || now < was);

    private bool IsCalm() => !_scenario.Events.Any(happening =>
        happening is BudgetChange or CapRangeChange or NodeChange or ForeignScaling or ModelRevision or LastingEvent
        && (Near(happening.AtTick) || Near(happening.LastTick)));

    private bool Near(int tick) => _tick >= tick && _tick <= tick + CalmTicksAfterEvent;

    private static int Gpus(RoleState? role) => role is null ? 0 : (role.Ready + role.Starting) * (role.GpusPerReplica ?? 1);
}
