using CsCheck;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Planning;

/// <summary>What must hold between the plans of two related problems.</summary>
internal sealed class PlanLawTests
{
    private const int Iterations = 4_000;

    // Throughputs this close are the same to the planner, and the rest of the order decides between them.
    private const double SameThroughput = 1e-11;

    private static readonly Gen<PlanningProblem> GenProblem = Gen.Int[0, 1_000_000]
        .Select(seed => RandomProblems.Create(seed) with { ReplicaPolicy = ReplicaPolicy.RateMatched, Objective = PlanningObjective.Throughput, TargetRequestsPerSecond = null });

    [Test]
    public void A_larger_budget_never_lowers_throughput() => GenProblem.Select(Gen.Int[0, 12_000], Gen.Int[0, 12_000]).Holds(
        (problem, a, b) => Served(problem, watts: Math.Min(a, b)) * (1 - SameThroughput) <= Served(problem, watts: Math.Max(a, b)), iter: Iterations, seed: "0000KGmYXdZ0");

    [Test]
    public void More_GPUs_never_lower_throughput() => GenProblem.Select(Gen.Int[0, 60], Gen.Int[0, 60]).Holds(
        (problem, a, b) => Served(problem, gpus: Math.Min(a, b)) * (1 - SameThroughput) <= Served(problem, gpus: Math.Max(a, b)), iter: Iterations, seed: "0000KGmYXdZ0");

    [Test]
    public void Looser_targets_never_lower_throughput() => GenProblem.Select(Gen.Double[1, 3], Gen.Double[1, 3]).Holds(
        (problem, ttft, itl) => Served(problem) * (1 - SameThroughput) <= Served(problem with { TtftTargetMs = problem.TtftTargetMs * ttft, ItlTargetMs = problem.ItlTargetMs * itl }), iter: Iterations, seed: "0000KGmYXdZ0");

    [Test]
    public void Worse_corrections_never_raise_throughput() => Gen.Select(GenProblem, GenCorrections, GenCorrections).Holds(
        (problem, a, b) =>
        {
            var worse = new Corrections(Math.Max(a.Ttft, b.Ttft), Math.Max(a.Itl, b.Itl), Math.Max(a.PowerPrefill, b.PowerPrefill), Math.Max(a.PowerDecode, b.PowerDecode), Math.Max(a.PowerAggregated, b.PowerAggregated));
            return Served(problem with { Corrections = worse }) * (1 - SameThroughput) <= Served(problem with { Corrections = a });
        },
        iter: Iterations,
        seed: "0000KGmYXdZ0");

    [Test]
    public void Corrections_below_one_change_nothing() => Gen.Select(GenProblem, Gen.Double[0.5, 1]).Holds(
        (problem, c) => Same(Planner.Plan(problem with { Corrections = Corrections.None }), Planner.Plan(problem with { Corrections = new Corrections(c, c, c, c, c) })), iter: Iterations, seed: "0000KGmYXdZ0");

    [Test]
    public void Watts_of_engines_and_budget_scale_together() => Gen.Select(GenFixed, Gen.Int[1, 40], Gen.Int[2, 9]).Holds(
        (powers, hundreds, scale) =>
        {
            PlanningProblem At(int factor) => Problems.Unit(powers.Prefill * factor, powers.Decode * factor) with
            {
                Batches = BatchPolicy.All,
                NameplateWatts = 1_000_000,
                Limits = new PlanningLimits { BudgetWatts = hundreds * 1000L * factor, GpuBudget = 128 },
            };
            var (one, many) = (Planner.Plan(At(1)).Plan, Planner.Plan(At(scale)).Plan);
            return one is null ? many is null : one.TotalWatts * scale == many!.TotalWatts && one.PrefillReplicas == many.PrefillReplicas && one.DecodeReplicas == many.DecodeReplicas && one.DecodeBatch == many.DecodeBatch;
        },
        iter: Iterations,
        seed: "0000KGmYXdZ0");

    [Test]
    public void A_GPU_too_few_for_another_replica_changes_nothing() => Gen.Select(GenFixed, Gen.Int[2, 12]).Holds(
        (powers, replicas) =>
        {
            PlanningProblem With(int gpus) => Problems.Unit(powers.Prefill, powers.Decode) with { Limits = new PlanningLimits { GpuBudget = gpus } };
            return Planner.Plan(With(8 * replicas)).Plan == Planner.Plan(With((8 * replicas) + 7)).Plan;
        },
        iter: 500,
        seed: "0000KGmYXdZ0");

    [Test]
    public void The_order_of_points_decides_only_among_equals() => GenProblem.Where(problem => problem.Mode == DeploymentMode.Disaggregated).Holds(
        problem =>
        {
            var table = (TablePerformanceModel)problem.DecodeEngine!.Model;
            var reversed = new TablePerformanceModel(table.PrefillPoints.Reverse(), table.DecodePoints.Reverse(), table.KvCapacityTokens, table.NameplateWatts);
            return Same(Planner.Plan(problem), Planner.Plan(problem with { DecodeEngine = problem.DecodeEngine with { Model = reversed } }));
        },
        iter: Iterations,
        seed: "0000KGmYXdZ0");

    [Test]
    public void A_point_that_is_worse_in_all_respects_changes_nothing() => GenProblem.Where(problem => problem.Mode == DeploymentMode.Disaggregated).Holds(
        problem =>
        {
            var table = (TablePerformanceModel)problem.DecodeEngine!.Model;
            var slowest = table.DecodePoints.MaxBy(point => point.Estimate.LatencyMs)!;
            var worse = new TableDecodePoint(slowest.Batch, slowest.Estimate.LatencyMs * 2, slowest.Estimate.ActivePowerWatts, slowest.CapWatts);
            var more = new TablePerformanceModel(table.PrefillPoints, table.DecodePoints.Add(worse), table.KvCapacityTokens, table.NameplateWatts);
            return Same(Planner.Plan(problem), Planner.Plan(problem with { DecodeEngine = problem.DecodeEngine with { Model = more } }));
        },
        iter: Iterations,
        seed: "0000KGmYXdZ0");

    [Test]
    public void A_prepared_planner_plans_as_a_fresh_one() => Gen.Select(GenProblem, GenProblem).Holds(
        (problem, other) =>
        {
            var prepared = Planner.Prepare(problem);
            var again = problem with { Limits = other.Limits, Corrections = other.Corrections };
            return prepared.Plan(other.Limits, other.Corrections) == Planner.Plan(again) && prepared.Plan() == Planner.Plan(problem);
        },
        iter: Iterations,
        seed: "0000KGmYXdZ0");

    [Test]
    [Property("Rule", "LIB-9.4-g")]
    [Property("Defect", "D-17")]
    public void Demand_takes_the_fewest_replicas_that_serve_it() => GenProblem.Select(Gen.Double[1, 500]).Holds(
        (problem, demand) =>
        {
            var (whole, part) = (Planner.Plan(problem).Plan, Planner.Plan(problem with { TargetRequestsPerSecond = demand }).Plan);
            return whole is null
                ? part is null
                : part!.ThroughputRequestsPerSecond >= Math.Min(demand, whole.ThroughputRequestsPerSecond) * (1 - 1e-12) && part.TotalGpus <= whole.TotalGpus;
        },
        iter: Iterations,
        seed: "0000KGmYXdZ0");

    private static Gen<Corrections> GenCorrections => Gen.Double[0.5, 2].Array[5].Select(c => new Corrections(c[0], c[1], c[2], c[3], c[4]));

    private static Gen<(int Prefill, int Decode)> GenFixed => Gen.Select(Gen.Int[100, 700], Gen.Int[100, 700]);

    private static double Served(PlanningProblem problem, long? watts = null, long? gpus = null)
    {
        var limits = problem.Limits;
        limits = watts is null ? limits : limits with { BudgetWatts = watts };
        limits = gpus is null ? limits : limits with { GpuBudget = gpus };
        return Planner.Plan(problem with { Limits = limits }).Plan?.ThroughputRequestsPerSecond ?? 0;
    }

    /// <summary>The same but for words and for how much was looked at.</summary>
    private static bool Same(PlanResult a, PlanResult b)
    {
        if (a.Plan is not { } first || b.Plan is not { } second)
        {
            return a.Reason == b.Reason && a.MinimumBudgetWatts == b.MinimumBudgetWatts && a.MinimumGpus == b.MinimumGpus;
        }

        // Equal points may differ in what they were before a clamp.
        return first with { CorrectedTtftMs = 0, CorrectedItlMs = 0, PrefillPower = default, DecodePower = default, AggregatedPower = null, PrefillNaturalWatts = 0, DecodeNaturalWatts = 0, JoulesPerRequest = 0 }
            == second with { CorrectedTtftMs = 0, CorrectedItlMs = 0, PrefillPower = default, DecodePower = default, AggregatedPower = null, PrefillNaturalWatts = 0, DecodeNaturalWatts = 0, JoulesPerRequest = 0 };
    }
}
