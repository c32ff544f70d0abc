using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Planning;

/// <summary>The search against plain enumeration.</summary>
internal sealed class ExactSearchTests
{
    private const int Problems = 30_000;

    [Test]
    [Property("Rule", "LIB-8-b")]
    [Property("Rule", "LIB-9.4-a")]
    [Property("Rule", "LIB-9.4-h")]
    public void The_search_finds_the_plan_that_enumeration_finds()
    {
        var reasons = new Dictionary<string, int>();
        for (var seed = 0; seed < Problems; seed++)
        {
            var problem = RandomProblems.Create(seed);
            var expected = BruteForcePlanner.Plan(problem);
            var actual = Planner.Plan(problem);

            var key = expected.Reason?.ToString() ?? $"{problem.Mode} {problem.ReplicaPolicy} {problem.Objective}";
            reasons[key] = reasons.GetValueOrDefault(key) + 1;
            if (Difference(expected, actual) is { } difference)
            {
                Assert.Fail($"Seed {seed}: {difference}\nexpected {expected}\nactual {actual}\n{problem}");
            }
        }

        TestContext.Out.WriteLine(string.Join(Environment.NewLine, reasons.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: {pair.Value}")));
        Assert.That(reasons.Values.Min(), Is.GreaterThan(100), "each kind of answer must occur often enough to be tested");
    }

    [Test]
    public void Long_fronts_lose_no_plan()
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var problem = RandomProblems.CreateLarge(seed);
            if (Difference(BruteForcePlanner.Plan(problem), Planner.Plan(problem)) is { } difference)
            {
                Assert.Fail($"Seed {seed}: {difference}\n{problem}");
            }
        }
    }

    [Test]
    public void The_least_violation_is_the_one_that_enumeration_finds()
    {
        var found = 0;
        for (var seed = 0; seed < Problems; seed++)
        {
            var problem = RandomProblems.Create(seed) with { TtftTargetMs = 6, ItlTargetMs = 6, ReplicaPolicy = ReplicaPolicy.RateMatched };
            var actual = Planner.Prepare(problem).PlanBestEffort(problem.Limits, problem.Corrections);
            if (BruteForcePlanner.Plan(problem).Reason != InfeasibleReason.SlaInfeasible)
            {
                continue;
            }

            found += actual.IsFeasible ? 1 : 0;
            if (Difference(BruteForcePlanner.PlanBestEffort(problem), actual) is { } difference)
            {
                Assert.Fail($"Seed {seed}: {difference}\n{problem}");
            }
        }

        Assert.That(found, Is.GreaterThan(1000));
    }

    [Test]
    public void The_plan_of_a_model_is_the_plan_of_the_table_of_its_answers([Values] PlanningObjective objective, [Values] bool aggregated)
    {
        var model = new RooflineLikeModel();
        var table = new TablePerformanceModel(
            [new TablePrefillPoint(model.EstimatePrefill(new PrefillQuery(1000)).LatencyMs, 603)],
            Enumerable.Range(1, 500).Select(batch => model.EstimateDecode(new DecodeQuery(batch, 1101))).Select((step, i) => new TableDecodePoint(i + 1, step.LatencyMs, step.ActivePowerWatts)),
            model.KvCapacityTokens,
            model.NameplateWatts);
        var unit = Tests.Planning.Problems.Unit() with
        {
            Batches = BatchPolicy.All,
            Objective = objective,
            EnergyPrice = new EnergyPrice { ElectricityPerKwh = 0.2 },
            TargetRequestsPerSecond = objective == PlanningObjective.LeastPower ? 40 : null,
            Limits = new PlanningLimits { BudgetWatts = 60_000, GpuBudget = 128 },
        };
        var problem = aggregated ? unit.Aggregated() with { TtftTargetMs = 1000 } : unit;

        var ofModel = Planner.Plan(problem.WithModel(model));
        var ofTable = Planner.Plan(problem.WithModel(table));

        Assert.That(ofModel.IsFeasible, ofModel.Detail);
        Assert.That(ofModel, Is.EqualTo(ofTable));
    }

    [Test]
    [Property("Rule", "LIB-9.4-b")]
    [Property("Rule", "LIB-9.4-j")]
    [Property("Defect", "D-03")]
    public void No_plan_ever_breaks_a_constraint()
    {
        for (var seed = 0; seed < Problems; seed++)
        {
            var problem = RandomProblems.Create(seed);
            if (Planner.Plan(problem).Plan is { } plan && Broken(problem, plan) is { } broken)
            {
                Assert.Fail($"Seed {seed}: {broken}\n{plan}\n{problem}");
            }
        }
    }

    internal static string? Broken(PlanningProblem problem, PowerPlan plan)
    {
        var prefillGpus = problem.PrefillEngine?.Layout.Gpus ?? 0;
        var decodeGpus = (problem.DecodeEngine ?? problem.AggregatedEngine)!.Layout.Gpus;
        var prefillCharge = Math.Max(plan.PrefillCapWatts, problem.Limits.PrefillChargeFloorWatts ?? 0) + problem.NonGpuWattsPerGpu;
        var decodeCharge = Math.Max(plan.DecodeCapWatts, problem.Limits.DecodeChargeFloorWatts ?? 0) + problem.NonGpuWattsPerGpu;
        var watts = ((long)plan.PrefillReplicas * prefillCharge * prefillGpus) + ((long)plan.DecodeReplicas * decodeCharge * decodeGpus);
        var gpus = ((long)plan.PrefillReplicas * prefillGpus) + ((long)plan.DecodeReplicas * decodeGpus);
        return watts != plan.TotalWatts ? $"{watts} W are reported as {plan.TotalWatts}"
            : gpus != plan.TotalGpus ? $"{gpus} GPUs are reported as {plan.TotalGpus}"
            : watts > problem.Limits.BudgetWatts ? $"{watts} W"
            : gpus > problem.Limits.GpuBudget ? $"{gpus} GPUs"
            : plan.CorrectedTtftMs > problem.TtftTargetMs * (1 + 1e-9) ? $"TTFT {plan.CorrectedTtftMs}"
            : plan.CorrectedItlMs > problem.ItlTargetMs * (1 + 1e-9) ? $"ITL {plan.CorrectedItlMs}"
            : plan.DecodeReplicas < problem.MinDecodeReplicas || plan.DecodeReplicas > problem.MaxReplicas ? $"{plan.DecodeReplicas} decode replicas"
            : problem.Mode == DeploymentMode.Disaggregated && (plan.PrefillReplicas < problem.MinPrefillReplicas || plan.PrefillReplicas > problem.MaxReplicas) ? $"{plan.PrefillReplicas} prefill replicas"
            : problem.Mode == DeploymentMode.Aggregated && plan.PrefillReplicas != 0 ? $"{plan.PrefillReplicas} prefill replicas of an aggregated fleet"
            : plan.DecodeBatch > (problem.MaxBatch ?? int.MaxValue) ? $"batch {plan.DecodeBatch}"
            : null;
    }

    /// <summary>What differs between the answers; null where nothing does.</summary>
    internal static string? Difference(BruteForceAnswer expected, PlanResult actual)
    {
        if (expected.Reason != actual.Reason)
        {
            return $"reason {actual.Reason}";
        }

        if (expected.Plan is not { } plan)
        {
            return actual.MinimumBudgetWatts != expected.MinimumWatts ? $"minimum {actual.MinimumBudgetWatts} W"
                : actual.MinimumGpus != expected.MinimumGpus ? $"minimum {actual.MinimumGpus} GPUs"
                : string.IsNullOrEmpty(actual.Detail) ? "no detail"
                : null;
        }

        if (actual.Plan is not { } found)
        {
            return "no plan";
        }

        var isPair = found.Mode == DeploymentMode.Disaggregated;
        return Differs("prefill replicas", plan.PrefillReplicas, found.PrefillReplicas)
            ?? Differs("decode replicas", plan.DecodeReplicas, found.DecodeReplicas)
            ?? Differs("prefill cap", plan.Pair.PrefillCapWatts, found.PrefillCapWatts)
            ?? Differs("decode cap", plan.Pair.DecodeCapWatts, found.DecodeCapWatts)
            ?? Differs("batch", plan.Pair.Batch, found.DecodeBatch)
            ?? Differs("watts", plan.Watts, found.TotalWatts)
            ?? Differs("GPUs", plan.Gpus, found.TotalGpus)
            ?? Differs("throughput", plan.Throughput, found.ThroughputRequestsPerSecond)
            ?? Differs("TTFT", plan.Pair.TtftMs, found.TtftMs)
            ?? Differs("ITL", plan.Pair.ItlMs, found.ItlMs)
            ?? Differs("prefill rate", isPair ? plan.Pair.PrefillRate : 0, found.RequestsPerSecondPerPrefillReplica ?? 0)
            ?? Differs("decode rate", plan.Pair.DecodeRate, found.RequestsPerSecondPerDecodeReplica);
    }

    private static string? Differs(string what, double expected, double actual) =>
        Math.Abs(expected - actual) <= 1e-11 * Math.Abs(expected) ? null : $"{what} {actual}, expected {expected}";

    /// <summary>Draw and step time rise with the batch.</summary>
    private sealed class RooflineLikeModel : IPerformanceModel
    {
        public double? NameplateWatts => 700;

        public long KvCapacityTokens => 500 * 1200;

        public StepEstimate EstimatePrefill(PrefillQuery query) => new(query.Isl * 0.05, 603, 1, Provenance.Modelled);

        public StepEstimate EstimateDecode(DecodeQuery query) =>
            new(6 + (query.Batch * query.ContextTokens * 2e-5), 260 + (400.0 * query.Batch / (query.Batch + 400)), 1, Provenance.Modelled);
    }
}
