using System.Collections.Immutable;
using PowerPlanner.Performance;
using PowerPlanner.Planning.Search;
using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Planning;

/// <summary>Explains a plan by searching again with one constraint lifted or eased at a time.</summary>
internal static class PlanExplainer
{
    // A plan is larger from here on; closer than that is rounding.
    private const double Larger = 1e-9;

    private const long Kilowatt = 1000;

    public static PlanExplanation? Explain(PlanningProblem problem, DeploymentPoints points, long kvBatch, in Corrections corrections, in SearchTerms terms)
    {
        var plan = FleetSearch.Run(problem, points, corrections, terms);
        if (!plan.IsFeasible)
        {
            return null;
        }

        var margins = ConstraintMargins.Of(problem, points, kvBatch, corrections, terms, plan);
        var (constraint, gain) = Binding(problem, kvBatch, terms, plan, margins);
        var hasBudget = terms.BudgetWatts != SearchTerms.UnboundedWatts;
        var hasCeiling = terms.GpuBudget != long.MaxValue;
        var kilowatt = hasBudget ? Gain(problem, points, corrections, terms with { BudgetWatts = Replicas.Sum(terms.BudgetWatts, Kilowatt) }, plan) : 0;
        var gpu = hasCeiling ? Gain(problem, points, corrections, terms with { GpuBudget = Replicas.Sum(terms.GpuBudget, 1) }, plan) : 0;
        var kilowattLost = hasBudget ? Loss(problem, points, corrections, terms with { BudgetWatts = Math.Max(0, terms.BudgetWatts - Kilowatt) }, plan) : 0;
        var gpuLost = hasCeiling ? Loss(problem, points, corrections, terms with { GpuBudget = terms.GpuBudget - 1 }, plan) : 0;

        // The reference's policy leaves replicas idle: what more would take is no continuation of its plans.
        var next = problem.ReplicaPolicy == ReplicaPolicy.DecodeFirst
            ? default
            : FleetSearch.Shortfall(problem, points, corrections, terms with { Objective = PlanningObjective.LeastPower, Demand = plan.Throughput * (1 + Larger) });
        var wattsToNext = next.MinimumWatts is { } watts ? Math.Max(0, watts - terms.BudgetWatts) : (long?)null;
        var gpusToNext = next.MinimumGpus is { } gpus ? Math.Max(0, gpus - terms.GpuBudget) : (long?)null;
        var bottleneck = points.Prefill is not null
            ? PlanAssembly.SlowerRole(plan.PrefillReplicas * plan.Prefill.Rate, plan.DecodeReplicas * plan.Decode.Rate)
            : (Bottleneck?)null;
        return new PlanExplanation
        {
            Bottleneck = bottleneck,
            BindingConstraint = constraint,
            GainWithoutConstraintRequestsPerSecond = gain,
            GainOfOneKilowattRequestsPerSecond = kilowatt,
            LossOfOneKilowattRequestsPerSecond = kilowattLost,
            GainOfOneGpuRequestsPerSecond = gpu,
            LossOfOneGpuRequestsPerSecond = gpuLost,
            WattsToNextPlan = wattsToNext,
            GpusToNextPlan = gpusToNext,
            UnusedWatts = hasBudget ? terms.BudgetWatts - plan.Watts : null,
            UnusedGpus = hasCeiling ? terms.GpuBudget - plan.Gpus : null,
            Margins = margins,
            JoulesPerRequest = FleetEnergy.JoulesPerRequest(problem, points, plan),
            JoulesPerToken = FleetEnergy.JoulesPerToken(problem, points, plan),
            PrefillJoulesPerRequest = FleetEnergy.PrefillJoulesPerRequest(problem, points, plan),
            DecodeJoulesPerRequest = FleetEnergy.DecodeJoulesPerRequest(problem, points, plan),
            Summary = Summarize(plan.Throughput, bottleneck, constraint, gain, wattsToNext, gpusToNext),
        };
    }

    private static (BindingConstraint Constraint, double Gain) Binding(PlanningProblem problem, long kvBatch, in SearchTerms terms, in SearchOutcome plan, ImmutableArray<ConstraintMargin> margins)
    {
        if (terms.Objective == PlanningObjective.LeastPower || plan.Throughput >= Replicas.Floor(terms.Demand))
        {
            return (BindingConstraint.Demand, 0);
        }

        // A demand that is not reached does not bind.
        var best = (Constraint: BindingConstraint.Several, Gain: plan.Throughput * Larger);
        foreach (var margin in margins)
        {
            if (margin.Constraint != BindingConstraint.Demand && margin.GainWithoutRequestsPerSecond is { } gain && gain > best.Gain)
            {
                best = (margin.Constraint, gain);
            }
        }

        if (best.Constraint != BindingConstraint.Several)
        {
            return best;
        }

        var batch = plan.Decode.Batch;
        var constraint = batch == kvBatch ? BindingConstraint.KvCapacity
            : batch == problem.MaxBatch ? BindingConstraint.MaxBatch
            : terms.Objective == PlanningObjective.Efficiency ? BindingConstraint.Demand
            : BindingConstraint.Several;
        return (constraint, 0);
    }

    /// <summary>What other terms would add, requests/s.</summary>
    internal static double Gain(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms, in SearchOutcome plan)
    {
        var eased = FleetSearch.Run(problem, points, corrections, terms);
        return eased.IsFeasible ? Math.Max(0, eased.Throughput - plan.Throughput) : 0;
    }

    /// <summary>What other terms would take away, requests/s.</summary>
    private static double Loss(PlanningProblem problem, DeploymentPoints points, in Corrections corrections, in SearchTerms terms, in SearchOutcome plan)
    {
        var tightened = FleetSearch.Run(problem, points, corrections, terms);
        return tightened.IsFeasible ? Math.Max(0, plan.Throughput - tightened.Throughput) : plan.Throughput;
    }

    private static string Summarize(double throughput, Bottleneck? bottleneck, BindingConstraint constraint, double gain, long? wattsToNext, long? gpusToNext)
    {
        var role = bottleneck switch
        {
            Planning.Bottleneck.Prefill => "prefill is the slower role",
            Planning.Bottleneck.Decode => "decode is the slower role",
            Planning.Bottleneck.Balanced => "both roles are equally fast",
            _ => "one engine runs both phases",
        };
        var limit = constraint switch
        {
            BindingConstraint.Demand => "no more is asked for",
            BindingConstraint.Watts => "the watt budget binds",
            BindingConstraint.Gpus => "the GPU ceiling binds",
            BindingConstraint.Replicas => "the replica limit binds",
            BindingConstraint.TtftTarget => "the TTFT target binds",
            BindingConstraint.ItlTarget => "the ITL target binds",
            BindingConstraint.KvCapacity => "the KV cache binds",
            BindingConstraint.MaxBatch => "the batch limit binds",
            _ => "several limits bind together",
        };
        var more = gain > 0 ? FormattableString.Invariant($" (without it {gain:0.###} requests/s more)") : string.Empty;
        var next = (wattsToNext, gpusToNext) switch
        {
            ( > 0, > 0) => FormattableString.Invariant($"; the next larger plan needs {wattsToNext} W or {gpusToNext} GPUs more"),
            ( > 0, _) => FormattableString.Invariant($"; the next larger plan needs {wattsToNext} W more"),
            (_, > 0) => FormattableString.Invariant($"; the next larger plan needs {gpusToNext} GPUs more"),
            _ => string.Empty,
        };
        return FormattableString.Invariant($"{throughput:0.###} requests/s: {role}, {limit}{more}{next}.");
    }
}
