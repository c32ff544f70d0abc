using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Planning;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Cli.Simulate.Traces;

/// <summary>The library's controller.</summary>
internal sealed class LibraryTracePolicy(PlanningProblem problem, ControlOptions options, SimulatedFleet fleet, SimulatedTime time, int largestBatch) : ITracePolicy
{
    private readonly PowerPlannerController _controller = new(problem, options, fleet, fleet, new ControllerServices { TimeProvider = time });

    public int DecodeBatch => _controller.Status.Plan?.DecodeBatch ?? largestBatch;

    public Corrections Corrections => _controller.Status.Corrections;

    public bool IsDisabled => _controller.Status.IsDisabled;

    public int Sweeps { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken) => await _controller.StartAsync(cancellationToken);

    public async Task TickAsync(CancellationToken cancellationToken) => Sweeps += (await _controller.TickAsync(cancellationToken)).Swept ? 1 : 0;

    public void Dispose() => _controller.Dispose();
}
