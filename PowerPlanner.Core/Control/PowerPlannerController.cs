using PowerPlanner.Control.Loop;
using PowerPlanner.Diagnostics;
using PowerPlanner.Planning;

namespace PowerPlanner.Control;

/// <summary>
/// The closed loop of one deployment: it observes, corrects its model, plans when what it sees no longer fits the plan, and moves the fleet in
/// steps of which none lets the charged draw exceed the budget, whatever fails in between.
/// </summary>
/// <remarks>
/// <para>Only <see cref="StartAsync"/>, <see cref="TickAsync"/> and <see cref="ReplanAsync"/> (and <see cref="RunAsync"/> through them) ask the
/// source and call the actuator, one at a time: a second call waits for the first. Each can be cancelled at every await; what has been sent
/// by then stays charged. All other members return at once and are safe from any thread.</para>
/// <para>A failing source, actuator or model never escapes: the tick ends, says so in <see cref="Status"/> and goes on next time.</para>
/// <para><see cref="Dispose"/> cancels the call under way and those that wait for it; they, and all that act later, end in an
/// <see cref="ObjectDisposedException"/>. <see cref="Status"/> and <see cref="CreateSnapshot"/> go on answering; updates change nothing any more.</para>
/// </remarks>
public sealed class PowerPlannerController : IDisposable
{
    private readonly ControlLoop _loop;
    private readonly ControlOptions _options;
    private readonly TimeProvider _time;
    private readonly DeploymentInstruments _instruments;
#pragma warning disable CA2213 // A call that ends after the disposal still releases the gate, and its waiters leave it by cancellation; without a wait handle there is nothing to free.
    private readonly SemaphoreSlim _gate = new(1, 1);
#pragma warning restore CA2213
    private readonly CancellationTokenSource _disposal = new();
    private readonly CancellationToken _disposed;
    private int _disposals;
    private bool _isRestored;

    /// <summary>Creates a controller; nothing is asked or written before <see cref="StartAsync"/>.</summary>
    /// <param name="problem">Workload, targets, engines and their models, limits. Its corrections are not used.</param>
    /// <param name="options">How the loop behaves.</param>
    /// <param name="metrics">Where observations come from.</param>
    /// <param name="actuator">What carries plans out.</param>
    /// <param name="services">Name, clock, logger and instruments; null = the defaults.</param>
    /// <exception cref="ArgumentException">The problem, the options or the name are invalid, or the source cannot supply latencies.</exception>
    public PowerPlannerController(PlanningProblem problem, ControlOptions options, IMetricsSource metrics, IActuator actuator, ControllerServices? services = null)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(actuator);
        services ??= ControllerServices.Default;
        ArgumentException.ThrowIfNullOrWhiteSpace(services.Name, nameof(services));
        ArgumentNullException.ThrowIfNull(services.TimeProvider, nameof(services));
        problem.Validate();
        options.Validate();
        if (!metrics.SuppliesLatencies)
        {
            throw new ArgumentException($"The metrics source of deployment '{services.Name}', {metrics.GetType().Name}, supplies no latencies (SuppliesLatencies is false); a closed loop needs a source of TTFT and ITL.", nameof(metrics));
        }

        Name = services.Name;
        _disposed = _disposal.Token;
        _options = options;
        _time = services.TimeProvider;
        _instruments = (services.Instruments ?? PlannerInstruments.Shared)
            .ForDeployment(Name, ReportNames.States, ReportNames.DisabledReasons, problem.Mode == DeploymentMode.Aggregated);
        var report = new LoopReport(Name, services.Logger, _instruments);
        _loop = new ControlLoop(Name, problem, options, metrics, actuator, _time, report, services.Journal) { StateChanged = OnStateChanged };
    }

    /// <summary>
    /// Raised on the thread of the tick, or of the reset, when the state has changed, after <see cref="Status"/> shows it. What a handler throws is dropped; a
    /// slow one holds up the loop.
    /// </summary>
    public event EventHandler<ControllerStateChangedEventArgs>? StateChanged;

    /// <summary>Name of the deployment.</summary>
    public string Name { get; }

    /// <summary>What the last tick found and did. Immutable.</summary>
    public ControllerStatus Status => _loop.Status;

    /// <summary>The loop, for tests that look into it.</summary>
    internal ControlLoop Loop => _loop;

    /// <summary>
    /// The first sweep and the first application of its plan; after <see cref="Restore"/> the fleet is moved on to the restored plan instead. A
    /// second call does nothing.
    /// </summary>
    /// <param name="cancellationToken">Stops at the next await.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The controller is or gets disposed.</exception>
    public ValueTask<ControllerStatus> StartAsync(CancellationToken cancellationToken = default) => ActAsync(TickKind.Start, cancellationToken);

    /// <summary>Observes, learns, looks for drift, perhaps plans, and takes the next safe steps of a transition. Does nothing before the start.</summary>
    /// <param name="cancellationToken">Stops at the next await.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The controller is or gets disposed.</exception>
    public ValueTask<ControllerStatus> TickAsync(CancellationToken cancellationToken = default) => ActAsync(TickKind.Tick, cancellationToken);

    /// <summary>Sweeps now, whatever rate limit and backoff say, and applies the plan. A disabled optimizer stays disabled. Does nothing before the start.</summary>
    /// <param name="cancellationToken">Stops at the next await.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The controller is or gets disposed.</exception>
    public ValueTask<ControllerStatus> ReplanAsync(CancellationToken cancellationToken = default) => ActAsync(TickKind.Replan, cancellationToken);

    /// <summary>
    /// Starts, then ticks every <see cref="ControlOptions.Tick"/> until cancelled. The first tick comes after a part of it that the deployment's
    /// name decides, so that the deployments of one process, and their frontends, are not all asked at the same instant.
    /// </summary>
    /// <param name="cancellationToken">Ends the loop; the method then returns.</param>
    /// <exception cref="ObjectDisposedException">The controller is or gets disposed; found at the next tick at the latest.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await StartAsync(cancellationToken).ConfigureAwait(false);
            await Task.Delay(_options.Tick * Jitter.Share(Name, "tick"), _time, cancellationToken).ConfigureAwait(false);
            using var timer = new PeriodicTimer(_options.Tick, _time);
            do
            {
                await TickAsync(cancellationToken).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way this method ends.
        }
    }

    /// <summary>Sets a new budget; it takes effect at the next tick, whatever rate limit and backoff say.</summary>
    /// <param name="watts">The budget, W; at least 1, null = unbounded.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 W.</exception>
    public void UpdateBudget(long? watts)
    {
        if (watts is { } budget)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1, nameof(watts));
        }

        _loop.Updates.SetBudget(watts);
    }

    /// <summary>
    /// Sets a new problem, as after a change of models; it takes effect at the next tick with a sweep, and what was learnt is carried over to
    /// the new models. The budget in force stays, see <see cref="UpdateBudget"/>.
    /// </summary>
    /// <param name="problem">The problem; its mode and its GPUs per replica must be the present ones.</param>
    /// <exception cref="ArgumentException">The problem is invalid, or of another mode or size of replica.</exception>
    public void UpdateProblem(PlanningProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        problem.Validate();
        var present = _loop.Problem;
        if (problem.Mode != present.Mode
            || problem.PrefillEngine?.Layout.Gpus != present.PrefillEngine?.Layout.Gpus
            || problem.DecodeEngine?.Layout.Gpus != present.DecodeEngine?.Layout.Gpus
            || problem.AggregatedEngine?.Layout.Gpus != present.AggregatedEngine?.Layout.Gpus)
        {
            throw new ArgumentException("The problem has another mode or other GPUs per replica than the one that runs; create a new controller for it.", nameof(problem));
        }

        _loop.Updates.SetProblem(problem);
    }

    /// <summary>
    /// Turns a disabled optimizer on again; it sweeps at the next tick. <see cref="Status"/> shows it at once, or after the tick that is under
    /// way. Does nothing to one that is on.
    /// </summary>
    public void Reset()
    {
        _loop.Updates.Reset();
        if (!_gate.Wait(0, CancellationToken.None))
        {
            return;
        }

        try
        {
            _loop.TakeReset();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>What must survive a restart, as of the last tick or command. Safe at any time, also while a tick waits for an answer.</summary>
    public ControllerSnapshot CreateSnapshot() => new(_loop.Recall());

    /// <summary>
    /// Takes a snapshot's state over, budget included; once, before <see cref="StartAsync"/>, which then resumes instead of sweeping; the first
    /// tick sweeps. What differs from the snapshot's problem is planned for there, be it targets, lengths, demand, minima or ceilings. A budget that was
    /// changed in the problem since, and by <see cref="UpdateBudget"/> never, is the problem's.
    /// </summary>
    /// <param name="snapshot">The snapshot of a controller of the same deployment.</param>
    /// <exception cref="InvalidOperationException">The controller has started, or was restored already.</exception>
    /// <exception cref="InvalidSnapshotException">The snapshot is of another mode.</exception>
    /// <exception cref="ObjectDisposedException">The controller is disposed.</exception>
    public void Restore(ControllerSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (Status.State != ControllerState.Cold || _isRestored)
        {
            throw new InvalidOperationException("A snapshot can only be restored once, before the controller starts.");
        }

        if (snapshot.Memory.Facts.Mode != _loop.Problem.Mode)
        {
            throw new InvalidSnapshotException($"The snapshot is of a {snapshot.Memory.Facts.Mode} deployment; this one is {_loop.Problem.Mode}.");
        }

        _isRestored = true;
        _loop.Restore(snapshot.Memory);
    }

    /// <summary>
    /// Cancels the call under way, which ends at its next await without sending anything more, and ends the controller's series of
    /// measurements with it. Does not wait, so that a handler of <see cref="StateChanged"/> may call it; await the call to know that it has
    /// ended. Nothing is written: the fleet keeps what it has. A second call does nothing.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposals, 1) != 0)
        {
            return;
        }

        try
        {
            _disposal.Cancel();
        }
        catch (AggregateException)
        {
            // What an adapter's own callback throws is the adapter's: everything has been cancelled all the same.
        }

        if (_gate.Wait(0, CancellationToken.None))
        {
            Close();
        }
    }

    private bool IsDisposed => Volatile.Read(ref _disposals) != 0;

    private async ValueTask<ControllerStatus> ActAsync(TickKind kind, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        using var linked = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed) : null;
        var token = linked?.Token ?? _disposed;
        try
        {
            await _gate.WaitAsync(token).ConfigureAwait(false);
            try
            {
                // The gate may have been left to this call and the controller disposed at once; then it is the gate that came first.
                token.ThrowIfCancellationRequested();
                return await _loop.ActAsync(kind, token).ConfigureAwait(false);
            }
            finally
            {
                Leave();
            }
        }
        catch (OperationCanceledException cancelled)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ObjectDisposedException($"The controller of {Name} was disposed during the call.", cancelled);
        }
    }

    /// <summary>Opens the gate to the next; after the disposal the last to leave closes it for good.</summary>
    private void Leave()
    {
        _gate.Release();
        if (IsDisposed && _gate.Wait(0, CancellationToken.None))
        {
            Close();
        }
    }

    // With the gate held, and never released again.
    private void Close()
    {
        _instruments.Dispose();
        _disposal.Dispose();
    }

    private void OnStateChanged(ControllerState from, ControllerState to)
    {
        if (StateChanged is not { } handlers)
        {
            return;
        }

        var change = new ControllerStateChangedEventArgs(from, to);
        foreach (var handler in Delegate.EnumerateInvocationList(handlers))
        {
            try
            {
                handler(this, change);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                // A listener's defect is not the loop's, nor that of the next listener.
            }
        }
    }
}
