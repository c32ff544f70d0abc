using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Planning;
using PowerPlanner.Testing.Reference;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Cli.Simulate.Traces;

/// <summary>The reference's rules. Its one operating point is the largest batch.</summary>
internal sealed class ReferenceTracePolicy(PlanningProblem problem, ControlOptions options, SimulatedFleet fleet, SimulatedTime time, int largestBatch) : ITracePolicy
{
    private readonly ReferencePolicy _policy = new(new ReferenceSetup { Problem = problem, Options = options }, fleet, fleet, time);
    private int _sweepsAtStart;

    public int DecodeBatch => largestBatch;

    public Corrections Corrections => _policy.Status.Corrections;

    public bool IsDisabled => _policy.Status.IsDisabled;

    public int Sweeps => _policy.Status.Sweeps + _policy.Status.Exceptions - _sweepsAtStart;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _policy.StartAsync(cancellationToken);
        _sweepsAtStart = _policy.Status.Sweeps + _policy.Status.Exceptions;
    }

    public async Task TickAsync(CancellationToken cancellationToken) => await _policy.TickAsync(cancellationToken);

    public void Dispose()
    {
        // It holds nothing.
    }
}
