using PowerPlanner.Control.Journals;
using PowerPlanner.Control.Sweeps;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Planning;

namespace PowerPlanner.Control.Loop;

/// <summary>
/// The shell around one deployment's decisions: it observes, reads, sweeps and sends, each under a time limit of its own, and feeds what comes back
/// to <see cref="LoopCore"/>. It decides nothing. One tick at a time; what other threads may do goes through <see cref="Updates"/>,
/// <see cref="Status"/> and <see cref="Recall"/>.
/// </summary>
internal sealed class ControlLoop
{
    private readonly IMetricsSource _metrics;
    private readonly IActuator _actuator;
    private readonly TimeProvider _time;
    private readonly LoopReport _report;
    private readonly ControlOptions _options;
    private readonly LoopCore _core;
    private readonly LoopJournal? _journal;
    private readonly TimedCalls _sourceCalls;
    private readonly TimedCalls _actuatorCalls;
    private readonly SweepRunner _sweeper;
    private readonly Lock _memoryLock = new();
    private readonly long _origin;

    private PlanningProblem _problem;
    private LoopState _state;
    private LoopState _memory;
    private ControllerStatus _status;
    private bool _hasBegun;

    public ControlLoop(string deployment, PlanningProblem problem, ControlOptions options, IMetricsSource metrics, IActuator actuator, TimeProvider time, LoopReport report, IDecisionJournal? journal = null)
    {
        _problem = problem;
        _options = options;
        _metrics = metrics;
        _actuator = actuator;
        _time = time;
        _report = report;
        _origin = time.GetTimestamp();
        var rules = new LoopRules(deployment, options, actuator.FencesByRevision);
        _core = new LoopCore(rules, report);
        _journal = journal is null ? null : new LoopJournal(journal, rules, report);
        var limit = options.CallTimeout ?? options.Tick;
        _sourceCalls = new TimedCalls(time, limit, "The metrics source");
        _actuatorCalls = new TimedCalls(time, limit, "The actuator");
        _sweeper = new SweepRunner(time, options.SweepTimeout);
        _state = Initial(problem, options) with { Taken = time.GetUtcNow() };
        _status = _core.Status(_state);
        Keep();
    }

    /// <summary>What others want changed; taken over at the next tick.</summary>
    public PendingUpdates Updates { get; } = new();

    /// <summary>What the last tick found and did.</summary>
    public ControllerStatus Status => Volatile.Read(ref _status);

    /// <summary>Whether a model still has not come back from a sweep that was given up.</summary>
    public bool IsModelHanging => _sweeper.IsHanging;

    /// <summary>Whether the source or the actuator still has not come back from a call that was given up.</summary>
    public bool IsAdapterHanging => _sourceCalls.IsHanging || _actuatorCalls.IsHanging;

    public PlanningProblem Problem => _problem;

    /// <summary>What is known now; for tests.</summary>
    public LoopState State => _state;

    /// <inheritdoc cref="LoopCore.NextStep"/>
    public NextStep NextStep
    {
        get => _core.NextStep;
        set => _core.NextStep = value;
    }

    /// <summary>Tells of every edge between two states.</summary>
    public Action<ControllerState, ControllerState>? StateChanged { get; init; }

    private TimeSpan Now => _time.GetElapsedTime(_origin);

    /// <summary>One tick of any kind.</summary>
    /// <param name="kind">Why the loop acts.</param>
    /// <param name="cancellationToken">Stops at the next await. What has been decided stays decided, what has been sent stays charged.</param>
    public async ValueTask<ControllerStatus> ActAsync(TickKind kind, CancellationToken cancellationToken)
    {
        if (kind == TickKind.Start == _hasBegun)
        {
            // A second start, or anything before the first: there is nothing to do, and nothing to complain about.
            return _status;
        }

        using var span = _report.StartTick(kind, Now);
        try
        {
            var observation = kind == TickKind.Replan ? null : await ObserveAsync(kind, cancellationToken).ConfigureAwait(false);
            var fleet = await ReadAsync(cancellationToken).ConfigureAwait(false);
            var intent = Decide(new LoopInput { Kind = LoopInputKind.Observed, Tick = kind, Observation = observation, Fleet = fleet, Update = TakeUpdates() });
            while (!intent.IsNothing)
            {
                intent = intent.Sweep is { } question ? await SweepAsync(question, cancellationToken).ConfigureAwait(false)
                    : intent.Command is { } command ? await SendAsync(command, cancellationToken).ConfigureAwait(false)
                    : await SendAsync(intent.Thresholds!.Value, cancellationToken).ConfigureAwait(false);
                _hasBegun = true;
            }

            _hasBegun = true;
            return Publish();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Decide(new LoopInput { Kind = LoopInputKind.Cancelled });
            _hasBegun |= _state.IsStarted && kind == TickKind.Start;
            Publish();
            throw;
        }
    }

    /// <summary>Takes a reset over between two ticks, so that the status does not call an optimizer disabled that is not.</summary>
    public void TakeReset()
    {
        if (Updates.TakeReset() && _state.IsDisabled)
        {
            Decide(new LoopInput { Kind = LoopInputKind.Reset });
            Publish();
        }
    }

    /// <summary>What must survive, as of the last command or tick. Safe from any thread; the lock is never held across I/O.</summary>
    public LoopState Recall()
    {
        lock (_memoryLock)
        {
            return _memory;
        }
    }

    /// <summary>Takes a snapshot's state over; before the start.</summary>
    public void Restore(in LoopState memory)
    {
        var fresh = _state;
        _state = Inheritance.Of(memory, fresh, Now, _time.GetUtcNow());
        _journal?.Restored(fresh, memory, _state);
        Keep();
        _report.SnapshotRestored(memory.Taken);
    }

    /// <summary>The state of a controller that has seen nothing.</summary>
    internal static LoopState Initial(PlanningProblem problem, ControlOptions options)
    {
        var facts = ProblemFacts.Of(problem);
        var isPair = problem.Mode == DeploymentMode.Disaggregated;
        var state = new LoopState
        {
            Learnt = new Learnt { Corrections = CorrectionState.Start(options.InitialCorrections) },
            Course = new Course { PlannedWith = options.InitialCorrections },
            Fleet = new FleetLedger
            {
                Count = isPair ? 2 : 1,
                First = isPair ? Role(problem, FleetRole.Prefill, problem.PrefillEngine!) : Role(problem, FleetRole.Aggregated, problem.AggregatedEngine!),
                Second = isPair ? Role(problem, FleetRole.Decode, problem.DecodeEngine!) : default,
                BudgetWatts = problem.Limits.BudgetWatts,
            },
        };
        return LoopCore.Facing(state, facts);
    }

    private static RoleLedger Role(PlanningProblem problem, FleetRole role, PlanningEngine engine)
    {
        var fallback = role == FleetRole.Prefill ? problem.PrefillFallbackCapWatts : problem.DecodeFallbackCapWatts;
        var nameplate = problem.NameplateWatts is { } watts ? (int)Math.Min(int.MaxValue, Math.Ceiling(watts)) : 0;
        return new RoleLedger
        {
            Role = role,
            PlannedGpusPerReplica = engine.Layout.Gpus,
            UnknownCapWatts = Math.Max(nameplate, fallback),
            CapLimits = role == FleetRole.Prefill ? problem.Limits.PrefillCapLimits : problem.Limits.DecodeCapLimits,
        };
    }

    private LoopIntent Decide(in LoopInput input)
    {
        var dated = input with { Now = Now, Time = _time.GetUtcNow() };
        var intent = _journal is null ? _core.Decide(_state, dated, out _state) : _journal.Decide(_core, ref _state, dated);
        if (intent.Command is not null || intent.Thresholds is not null)
        {
            // Before it is sent: a process that dies meanwhile has left word of it.
            Keep();
        }

        return intent;
    }

    private LoopUpdate TakeUpdates()
    {
        var update = Updates.Take();
        _problem = update.Problem ?? _problem;
        return new LoopUpdate(update.HasBudget, update.BudgetWatts, update.Problem is { } problem ? ProblemFacts.Of(problem) : null, update.Reset);
    }

    private async ValueTask<Observation?> ObserveAsync(TickKind kind, CancellationToken cancellationToken)
    {
        try
        {
            var observation = await _sourceCalls.RunAsync(static (source, token) => source.ObserveAsync(token), _metrics, cancellationToken).ConfigureAwait(false);

            // Before the start nothing need run, so there need be nothing to see.
            _report.MetricsAnswered(kind != TickKind.Start && (observation is null || ObservationReader.IsEmpty(observation)));
            return observation;
        }
        catch (Exception failure) when (!IsCancellation(failure, cancellationToken))
        {
            _report.MetricsFailed(failure);
            return null;
        }
    }

    private async ValueTask<FleetState?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var fleet = await _actuatorCalls.RunAsync(static (actuator, token) => actuator.ReadAsync(token), _actuator, cancellationToken).ConfigureAwait(false)
                ?? throw new InvalidOperationException("The actuator answered no state of the fleet.");
            return Possible(fleet);
        }
        catch (Exception failure) when (!IsCancellation(failure, cancellationToken))
        {
            _report.FleetReadFailed(failure);
            return null;
        }
    }

    /// <summary>Leaves out the roles whose states no fleet can have.</summary>
    private FleetState? Possible(FleetState fleet)
    {
        Exception? impossible = null;
        for (var i = 0; i < _state.Fleet.Count; i++)
        {
            var role = _state.Fleet[i].Role;
            try
            {
                RoleStates.ThrowIfImpossible(fleet.Of(role), role);
            }
            catch (InvalidOperationException failure)
            {
                impossible ??= failure;
                fleet = role switch
                {
                    FleetRole.Prefill => fleet with { Prefill = null },
                    FleetRole.Decode => fleet with { Decode = null },
                    _ => fleet with { Aggregated = null },
                };
            }
        }

        if (impossible is null)
        {
            _report.FleetReadIsBack();
        }
        else
        {
            _report.FleetReadFailed(impossible);
        }

        return fleet;
    }

    private async ValueTask<LoopIntent> SweepAsync(SweepQuestion question, CancellationToken cancellationToken)
    {
        using var span = _report.StartSweep();
        var answer = await _sweeper.RunAsync(_problem, question, cancellationToken).ConfigureAwait(false);
        return Decide(new LoopInput { Kind = LoopInputKind.Swept, Sweep = answer });
    }

    private async ValueTask<LoopIntent> SendAsync(FleetCommand command, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            Decide(new LoopInput { Kind = LoopInputKind.Unsent });
            cancellationToken.ThrowIfCancellationRequested();
        }

        var role = _state.Fleet[command.Role].Role;
        using var span = _report.StartStep(command.Kind, ReportNames.Of(role), command.Value);
        var input = new LoopInput { Kind = LoopInputKind.Answered };
        Exception? failure = null;
        try
        {
            if (_actuatorCalls.IsHanging)
            {
                throw new CommandRefusedException("The actuator has not come back from an earlier call; nothing was sent.");
            }

            var state = command.Kind == CommandKind.SetCap
                ? await _actuatorCalls.RunAsync(static (call, token) => call.Actuator.SetCapAsync(new SetCapCommand(call.Role, call.Value, call.Revision), token), (Actuator: _actuator, Role: role, command.Value, command.Revision), cancellationToken).ConfigureAwait(false)
                : await _actuatorCalls.RunAsync(static (call, token) => call.Actuator.SetReplicasAsync(new SetReplicasCommand(call.Role, call.Value, call.Revision), token), (Actuator: _actuator, Role: role, command.Value, command.Revision), cancellationToken).ConfigureAwait(false);
            RoleStates.ThrowIfImpossible(state, role);
            input = input with { Role = state };
        }
        catch (CommandRefusedException refused)
        {
            failure = refused;
            input = input with { Kind = LoopInputKind.Refused };
        }
        catch (Exception open) when (!IsCancellation(open, cancellationToken))
        {
            failure = open;
            input = input with { Kind = LoopInputKind.Unanswered };
        }
        catch (OperationCanceledException cancelled)
        {
            Sent(command.Kind, role, null, command.Value, cancelled);
            throw;
        }

        if (failure is not null)
        {
            span.Fail(failure.Message);
        }

        Sent(command.Kind, role, null, command.Value, failure);
        return Decide(input);
    }

    private async ValueTask<LoopIntent> SendAsync(SetThresholdsCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var span = _report.StartStep(CommandKind.SetThresholds, command.Frontend, value: null);
        var input = new LoopInput { Kind = LoopInputKind.Answered };
        Exception? failure = null;
        try
        {
            var answer = await _actuatorCalls.RunAsync(static (call, token) => call.Actuator.SetThresholdsAsync(call.Command, token), (Actuator: _actuator, Command: command), cancellationToken).ConfigureAwait(false);
            if (answer?.Name != command.Frontend)
            {
                throw new InvalidOperationException($"The actuator answered for the frontend '{answer?.Name}' instead of '{command.Frontend}'.");
            }

            input = input with { Frontend = answer };
        }
        catch (Exception exception) when (!IsCancellation(exception, cancellationToken))
        {
            failure = exception;
            span.Fail(exception.Message);
            input = input with { Kind = LoopInputKind.Unanswered };
        }

        Sent(CommandKind.SetThresholds, null, command.Frontend, 0, failure);
        return Decide(input);
    }

    private void Sent(CommandKind kind, FleetRole? role, string? frontend, int value, Exception? failure) =>
        _report.CommandSent(kind, role, frontend, value, failure);

    private ControllerStatus Publish()
    {
        var before = _status.State;
        var status = _core.Status(_state);
        Volatile.Write(ref _status, status);
        Keep();
        _report.Published(status, _state.Fleet, _options.OverBudgetPolicy);
        _journal?.Published(status);
        if (status.State != before)
        {
            StateChanged?.Invoke(before, status.State);
        }

        return status;
    }

    private void Keep()
    {
        lock (_memoryLock)
        {
            _memory = _state;
        }
    }

    private static bool IsCancellation(Exception failure, CancellationToken cancellationToken) =>
        failure is OutOfMemoryException || (failure is OperationCanceledException && cancellationToken.IsCancellationRequested);
}
