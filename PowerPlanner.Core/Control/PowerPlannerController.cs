using Microsoft.Extensions.Logging;
using PowerPlanner.Planning;

namespace PowerPlanner.Control;

/// <summary>The closed loop of one deployment.</summary>
public sealed class PowerPlannerController : IDisposable
{
    /// <summary>Creates a controller; nothing is asked or written before <see cref="StartAsync"/>.</summary>
    /// <param name="problem">Workload, targets, engines and their models, limits.</param>
    /// <param name="options">How the loop behaves.</param>
    /// <param name="metrics">Where observations come from.</param>
    /// <param name="actuator">What carries plans out.</param>
    /// <param name="timeProvider">The clock; null = the system's.</param>
    /// <param name="logger">Where messages go; null = nowhere.</param>
    /// <param name="name">Name of the deployment, on metrics and in messages.</param>
    /// <exception cref="ArgumentException">The problem or the options are invalid.</exception>
    public PowerPlannerController(PlanningProblem problem, ControlOptions options, IMetricsSource metrics, IActuator actuator, TimeProvider? timeProvider = null, ILogger<PowerPlannerController>? logger = null, string name = "default") => throw new NotImplementedException();

    /// <summary>Name of the deployment.</summary>
    public string Name => throw new NotImplementedException();

    /// <summary>What the last tick found and did. Safe to read from any thread at any time.</summary>
    public ControllerStatus Status => throw new NotImplementedException();

    /// <summary>The first sweep and the first application of its plan.</summary>
    /// <param name="cancellationToken">Stops at the next await; whatever has been sent stays charged.</param>
    public ValueTask<ControllerStatus> StartAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Observes, learns, looks for drift, perhaps plans, and takes the next safe steps of a transition.</summary>
    /// <param name="cancellationToken">Stops at the next await; whatever has been sent stays charged.</param>
    public ValueTask<ControllerStatus> TickAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Starts if need be, then ticks until cancelled.</summary>
    /// <param name="cancellationToken">Ends the loop; the method then returns.</param>
    public Task RunAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Sweeps now, whatever the rate limit says, and applies the plan. A disabled optimizer stays disabled.</summary>
    /// <param name="cancellationToken">Stops at the next await; whatever has been sent stays charged.</param>
    public ValueTask<ControllerStatus> ReplanAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Sets a new budget; it takes effect at the next tick.</summary>
    /// <param name="watts">The budget, W; at least 1, null = unbounded.</param>
    public void UpdateBudget(long? watts) => throw new NotImplementedException();

    /// <summary>Sets a new problem, as after a change of models; it takes effect at the next tick. Coefficients are rebased.</summary>
    /// <param name="problem">The problem; its mode and GPUs per replica must be the present ones.</param>
    public void UpdateProblem(PlanningProblem problem) => throw new NotImplementedException();

    /// <summary>Turns a disabled optimizer on again; it sweeps at the next tick.</summary>
    public void Reset() => throw new NotImplementedException();

    /// <summary>What must survive a restart. Safe to call at any time, also while a tick runs.</summary>
    public ControllerSnapshot CreateSnapshot() => throw new NotImplementedException();

    /// <summary>Takes a snapshot's state over; before <see cref="StartAsync"/>, which then resumes instead of sweeping.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <exception cref="InvalidOperationException">The controller has started.</exception>
    public void Restore(ControllerSnapshot snapshot) => throw new NotImplementedException();

    /// <summary>Releases the controller; nothing is written.</summary>
    public void Dispose() => throw new NotImplementedException();
}
