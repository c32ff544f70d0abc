using PowerPlanner.Control;
using PowerPlanner.Hosting;
using PowerPlanner.Planning;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Cli.Replay;

/// <summary>A controller over a fleet in memory, moved by events. Single-threaded.</summary>
internal sealed class ReplaySession : IDisposable
{
    private readonly string _source;
    private readonly ControlOptions _options;
    private readonly ReplayClock _clock = new();
    private readonly ReplayFaults _faults;
    private readonly ReplayMetrics _metrics;
    private readonly InMemoryFleet _fleet;
    private PlanningProblem _problem;
    private PowerPlannerController _controller;

    /// <summary>Creates the fleet, without a replica and under the configured caps, and a controller that has not started.</summary>
    /// <param name="source">Path of the events, for messages.</param>
    /// <param name="options">The configuration.</param>
    /// <param name="problem">The problem that it means.</param>
    public ReplaySession(string source, PowerPlannerOptions options, PlanningProblem problem)
    {
        _source = source;
        _options = ControlOptionsFactory.Create(options);
        _faults = new ReplayFaults(_clock);
        _metrics = new ReplayMetrics(_faults);
        _fleet = new InMemoryFleet(FleetOf(options, problem), _clock);
        _problem = FaultyModel.In(problem, _faults);
        _controller = Create();
    }

    /// <summary>Names of the frontends of every replay's fleet.</summary>
    public static IReadOnlyList<string> Frontends { get; } = ["f1", "f2", "f3"];

    /// <summary>Lets an event happen.</summary>
    /// <returns>What the controller thinks and what is in effect afterwards.</returns>
    /// <exception cref="BadInputException">The event's file cannot be used.</exception>
    public async Task<ReplayLine> StepAsync(ReplayEvent happening, CancellationToken cancellationToken)
    {
        _clock.MoveTo(TimeSpan.FromSeconds(happening.Seconds));
        _fleet.ResetPeak();
        var before = _controller.Status;
        var hasActed = false;
        switch (happening)
        {
            case ReplayEvent.Start:
                await ActAsync(_controller.StartAsync, observation: null, isTick: false, cancellationToken);
                break;
            case ReplayEvent.Observe observe:
                await ActAsync(_controller.TickAsync, observe.Observation, isTick: true, cancellationToken);
                break;
            case ReplayEvent.Budget budget:
                _controller.UpdateBudget(budget.TotalGpuPowerLimitWatts);
                await ActAsync(_controller.TickAsync, observation: null, isTick: true, cancellationToken);
                break;
            case ReplayEvent.Optimize:
                await ActAsync(_controller.ReplanAsync, observation: null, isTick: false, cancellationToken);
                break;
            case ReplayEvent.Performance performance:
                _problem = FaultyModel.In(performance.Problem!, _faults);
                _controller.UpdateProblem(_problem);
                break;
            case ReplayEvent.Fault fault:
                _faults.Add(fault.FaultKind, fault.Count);
                break;
            case ReplayEvent.ActuatorFault fault:
                _fleet.Inject(fault.FleetFault);
                break;
            case ReplayEvent.Fleet change:
                Change(change);
                break;
            case ReplayEvent.Reset:
                _controller.Reset();
                break;
            case ReplayEvent.Snapshot snapshot:
                await SaveAsync(snapshot, cancellationToken);
                break;
            case ReplayEvent.Restore restore:
                await RestoreAsync(restore, cancellationToken);
                hasActed = true;
                break;
            default:
                throw new InvalidOperationException($"The event {happening.Kind} is not known here.");
        }

        return ReplayLine.Of(happening, _controller.Status, hasActed, _fleet);

        async Task ActAsync(Func<CancellationToken, ValueTask<ControllerStatus>> act, Observation? observation, bool isTick, CancellationToken token)
        {
            await this.ActAsync(act, observation, isTick, token);

            // An event before the start, and a second start, leave the status as it was: what it says of the last tick is not of this one.
            hasActed = !ReferenceEquals(before, _controller.Status);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _controller.Dispose();

    private async Task ActAsync(Func<CancellationToken, ValueTask<ControllerStatus>> act, Observation? observation, bool isTick, CancellationToken cancellationToken)
    {
        _metrics.Next(observation, isTick);
        try
        {
            await act(cancellationToken);
        }
        finally
        {
            _faults.LetGo();
        }
    }

    private void Change(ReplayEvent.Fleet change)
    {
        if (change.Replicas is { } replicas)
        {
            _fleet.ScaleByHand(change.Role, replicas);
        }

        if (change.IsRolling is { } isRolling)
        {
            _fleet.SetRolling(change.Role, isRolling);
        }
    }

    private async Task SaveAsync(ReplayEvent.Snapshot snapshot, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(snapshot.Path, _controller.CreateSnapshot().ToJson(), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new BadInputException($"{At(snapshot)}: {snapshot.Path}: cannot be written ({exception.Message}); allowed: a file that can be written", exception);
        }
    }

    private async Task RestoreAsync(ReplayEvent.Restore restore, CancellationToken cancellationToken)
    {
        var bytes = await InputFile.ReadAsync(At(restore), restore.Path, cancellationToken);
        try
        {
            var snapshot = ControllerSnapshot.FromJson(System.Text.Encoding.UTF8.GetString(bytes));
            _controller.Dispose();
            _controller = Create();
            _controller.Restore(snapshot);
        }
        catch (InvalidSnapshotException exception)
        {
            throw new BadInputException($"{At(restore)}: {restore.Path}: {exception.Message}; allowed: a snapshot of this deployment", exception);
        }

        await ActAsync(_controller.StartAsync, observation: null, isTick: false, cancellationToken);
    }

    private string At(ReplayEvent happening) => FormattableString.Invariant($"{_source}: line {happening.Line}: {happening.Kind}");

    private PowerPlannerController Create() => new(_problem, _options, _metrics, _fleet, new ControllerServices { TimeProvider = _clock });

    private static InMemoryFleetSetup FleetOf(PowerPlannerOptions options, PlanningProblem problem)
    {
        var limits = options.GpuLimits is { } range ? new GpuPowerLimits(range.MinWatts, range.MaxWatts) : null;
        return new InMemoryFleetSetup
        {
            Prefill = Role(problem.PrefillEngine, options.PrefillCapWatts),
            Decode = Role(problem.DecodeEngine, options.DecodeCapWatts),
            Aggregated = Role(problem.AggregatedEngine, options.DecodeCapWatts),
            Frontends = [.. Frontends],
            NonGpuWattsPerGpu = options.NonGpuWattsPerGpu,
        };

        InMemoryRole? Role(PlanningEngine? engine, int capWatts) =>
            engine is null ? null : new InMemoryRole { GpusPerReplica = engine.Layout.Gpus, CapWatts = capWatts, CapLimits = limits };
    }
}
