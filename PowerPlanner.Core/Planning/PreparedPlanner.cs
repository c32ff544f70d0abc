using PowerPlanner.Performance;
using PowerPlanner.Planning.Search;
using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Planning;

/// <summary>
/// A problem whose models have been asked: plans again for other limits and corrections without asking them. Immutable to its users and
/// safe to call from several threads.
/// </summary>
public sealed class PreparedPlanner
{
    private readonly DeploymentSweep _sweep;

    // Replaced as a whole when the hardware's ranges change, which they hardly ever do.
    private DeploymentPoints? _points;

    internal PreparedPlanner(PlanningProblem problem, CancellationToken cancellationToken)
    {
        Problem = problem;
        _sweep = ModelSweeper.Sweep(problem, cancellationToken);
    }

    /// <summary>The problem that was prepared.</summary>
    public PlanningProblem Problem { get; }

    /// <summary>Whether the models answered and a sequence fits the KV cache; where not, no limits and no corrections give a plan.</summary>
    public bool HasOperatingPoints => _sweep.Failure is null;

    /// <summary>The best plan under the problem's own limits and corrections.</summary>
    public PlanResult Plan() => Plan(Problem.Limits, Problem.Corrections);

    /// <summary>The best plan under other limits and corrections.</summary>
    /// <param name="limits">Budgets and ranges of caps.</param>
    /// <param name="corrections">Live corrections, each in [0.5, 2].</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range.</exception>
    public PlanResult Plan(in PlanningLimits limits, in Corrections corrections)
    {
        if (Enter(limits, corrections) is not { } points)
        {
            return Failed();
        }

        var terms = Terms(limits, corrections, targetFactor: 1);
        return Result(points, limits, corrections, FleetSearch.Run(Problem, points, corrections, terms));
    }

    private DeploymentPoints? Enter(in PlanningLimits limits, in Corrections corrections)
    {
        PlanningValidation.Validate(limits);
        PlanningValidation.Validate(corrections);
        if (_sweep.Failure is not null)
        {
            return null;
        }

        var points = Volatile.Read(ref _points);
        if (points is null || !points.AreFor(limits))
        {
            points = DeploymentPoints.Create(Problem, _sweep, limits);
            Volatile.Write(ref _points, points);
        }

        return points;
    }

    /// <summary>Corrections only tighten, and meeting a target exactly is meeting it (a relative 1e-9).</summary>
    private SearchTerms Terms(in PlanningLimits limits, in Corrections corrections, double targetFactor) => new()
    {
        Objective = Problem.Objective,
        BudgetWatts = limits.BudgetWatts ?? long.MaxValue,
        GpuBudget = limits.GpuBudget ?? long.MaxValue,
        MaxReplicas = Problem.MaxReplicas,
        Demand = Problem.TargetRequestsPerSecond ?? double.PositiveInfinity,
        TtftLimitMs = Problem.TtftTargetMs * targetFactor * (1 + TargetTolerance) / Math.Max(1, corrections.Ttft),
        ItlLimitMs = Problem.ItlTargetMs * targetFactor * (1 + TargetTolerance) / Math.Max(1, corrections.Itl),
    };

    private const double TargetTolerance = 1e-9;

    private PlanResult Failed() => new() { Reason = _sweep.Failure!.Reason, Detail = _sweep.Failure.Detail };

    private PlanResult Result(DeploymentPoints points, in PlanningLimits limits, in Corrections corrections, in SearchOutcome outcome) =>
        outcome.Reason is { } reason
            ? new PlanResult
            {
                Reason = reason,
                Detail = InfeasibleText.Describe(Problem, points, limits, corrections, outcome),
                MinimumBudgetWatts = outcome.MinimumWatts,
                MinimumGpus = outcome.MinimumGpus,
                Statistics = outcome.Statistics,
            }
            : new PlanResult
            {
                Plan = PlanAssembly.Assemble(Problem, _sweep, points, corrections, outcome),
                Statistics = outcome.Statistics,
            };
}
