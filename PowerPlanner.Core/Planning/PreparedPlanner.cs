using System.Collections.Immutable;
using System.Diagnostics;
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
    private const double TargetTolerance = 1e-9;

    // Violations within this share of the smallest one count as equal to it.
    private const double BestEffortBand = 1.10;

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

    /// <summary>Whether a model broke, as opposed to having no data or answering nonsense.</summary>
    internal bool HasModelThrown => _sweep.Failure?.HasModelThrown ?? false;

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

        return Result(points, limits, corrections, FleetSearch.Run(Problem, points, corrections, Terms(limits, corrections)));
    }

    /// <summary>
    /// The plan that violates the latency targets least, for a fleet that must go on where <see cref="Plan(in PlanningLimits, in Corrections)"/>
    /// answers <see cref="InfeasibleReason.SlaInfeasible"/>; in every other case that method's answer. V is the larger of corrected TTFT and
    /// corrected ITL over their targets; of the plans that fit the budgets those within 10 % of the smallest V compete by the objective.
    /// </summary>
    /// <param name="limits">Budgets and ranges of caps.</param>
    /// <param name="corrections">Live corrections, each in [0.5, 2].</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range.</exception>
    public PlanResult PlanBestEffort(in PlanningLimits limits, in Corrections corrections)
    {
        if (Enter(limits, corrections) is not { } points)
        {
            return Failed();
        }

        var terms = Terms(limits, corrections);
        var outcome = FleetSearch.Run(Problem, points, corrections, terms);
        if (outcome.Reason == InfeasibleReason.SlaInfeasible)
        {
            var factor = LeastViolation.Factor(Problem, points, corrections, terms);
            outcome = FleetSearch.Run(Problem, points, corrections, LeastViolation.Eased(terms, factor * BestEffortBand));
        }

        return Result(points, limits, corrections, outcome);
    }

    /// <summary>
    /// All trade-offs between watts and throughput within the limits: each point serves more than the one before it and draws more. No
    /// demand and no objective enter: it is what the fleet could do. Empty where the problem is infeasible.
    /// </summary>
    /// <param name="limits">Budgets and ranges of caps.</param>
    /// <param name="corrections">Live corrections, each in [0.5, 2].</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range.</exception>
    public ImmutableArray<FrontierPoint> Frontier(in PlanningLimits limits, in Corrections corrections) =>
        Enter(limits, corrections) is { } points ? FrontierSearch.Run(Problem, points, corrections, Terms(limits, corrections)) : [];

    /// <summary>Why the best plan under these limits and corrections is not larger; null where there is no plan.</summary>
    /// <param name="limits">Budgets and ranges of caps.</param>
    /// <param name="corrections">Live corrections, each in [0.5, 2].</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range.</exception>
    public PlanExplanation? Explain(in PlanningLimits limits, in Corrections corrections) =>
        Enter(limits, corrections) is { } points ? PlanExplainer.Explain(Problem, points, _sweep.KvBatch, corrections, Terms(limits, corrections)) : null;

    /// <summary>
    /// What this planner's models say at the operating point of a plan, which may be another planner's of the same deployment: its decode
    /// batch and, where a table lists several points at it, the one nearest in cap, latency and power. Null where the models failed or that
    /// batch was not swept. Allocates only where the ranges of caps have changed.
    /// </summary>
    /// <param name="plan">A plan of the problem's mode.</param>
    /// <param name="limits">Ranges of caps, which latencies depend on; budgets play no part.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit outside its range.</exception>
    internal OperatingPointAnswer? AnswerAt(PowerPlan plan, in PlanningLimits limits)
    {
        Debug.Assert(plan.Mode == Problem.Mode, "A deployment's mode never changes.");
        PlanningValidation.Validate(limits);
        if (PointsUnder(limits) is not { } points)
        {
            return null;
        }

        var prefillPosition = points.Prefill?.Nearest(batch: 1, plan.PrefillCapWatts, plan.TtftMs, itlMs: 0, plan.PrefillPower.Watts) ?? 0;
        var decodePosition = points.Prefill is null
            ? points.Decode.Nearest(plan.DecodeBatch, plan.DecodeCapWatts, plan.TtftMs, plan.ItlMs, plan.AggregatedPower!.Value.Watts)
            : points.Decode.Nearest(plan.DecodeBatch, plan.DecodeCapWatts, ttftMs: 0, plan.ItlMs, plan.DecodePower.Watts);
        if (decodePosition < 0)
        {
            return null;
        }

        var decode = PointOf(points.Decode, decodePosition, plan.DecodeCapProvenance is not null, plan.DecodeCapWatts, plan.DecodeNaturalWatts, (plan.AggregatedPower ?? plan.DecodePower).Watts);
        var prefill = points.Prefill is { } role
            ? PointOf(role, prefillPosition, plan.PrefillCapProvenance is not null, plan.PrefillCapWatts, plan.PrefillNaturalWatts, plan.PrefillPower.Watts)
            : decode;
        return OperatingPointAnswer.At(Problem, _sweep, points, prefill, decode);
    }

    /// <summary>The point under the plan's cap where a grid gave it that, with the live draw that it was planned with.</summary>
    private static RolePoint PointOf(OperatingPoints role, int position, bool isOfGrid, int capWatts, double naturalWatts, double modelledWatts)
    {
        var powerFactor = naturalWatts / modelledWatts;
        return isOfGrid && role.Levels is { } levels && levels.Covers(role.Index[position])
            ? role.Under(position, capWatts, powerFactor)
            : role.At(position, capWatts, powerFactor);
    }

    private DeploymentPoints? Enter(in PlanningLimits limits, in Corrections corrections)
    {
        PlanningValidation.Validate(limits);
        PlanningValidation.Validate(corrections);
        return PointsUnder(limits);
    }

    private DeploymentPoints? PointsUnder(in PlanningLimits limits)
    {
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
    private SearchTerms Terms(in PlanningLimits limits, in Corrections corrections) => new()
    {
        Objective = Problem.ObjectiveInWatts,
        BudgetWatts = Math.Min(limits.BudgetWatts ?? SearchTerms.UnboundedWatts, SearchTerms.UnboundedWatts),
        GpuBudget = limits.GpuBudget ?? long.MaxValue,
        PrefillChargeFloorWatts = limits.PrefillChargeFloorWatts ?? 0,
        DecodeChargeFloorWatts = limits.DecodeChargeFloorWatts ?? 0,
        MaxReplicas = Problem.MaxReplicas,
        Demand = Problem.TargetRequestsPerSecond ?? double.PositiveInfinity,
        TtftLimitMs = Problem.TtftTargetMs * (1 + TargetTolerance) / Math.Max(1, corrections.Ttft),
        ItlLimitMs = Problem.ItlTargetMs * (1 + TargetTolerance) / Math.Max(1, corrections.Itl),
    };

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
