using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Planning;

/// <summary>
/// The reference planner's own sweep tests, by their numbers in its table, with the answers that keep every constraint. Caps are read
/// from a plan under a budget that fits where the row's own budget does not.
/// </summary>
internal sealed class ReferencePlanTests
{
    private static readonly PlanningLimits Ample = new() { BudgetWatts = 200_000, GpuBudget = 32 };

    [Test]
    [Property("Defect", "D-17")]
    public void Row_1_the_same_throughput_takes_one_replica_each()
    {
        var plan = Problems.Feasible(Problems.Unit());

        Assert.That((plan.PrefillReplicas, plan.DecodeReplicas, plan.TotalWatts, plan.TotalGpus), Is.EqualTo((1, 1, 5600L, 16L)));
        Assert.That((plan.TtftMs, plan.ItlMs, plan.DecodeBatch), Is.EqualTo((50.0, 10.0, 41)));
        Assert.That(plan.ThroughputRequestsPerSecond, Is.EqualTo(20).Within(1e-12));
        Assert.That(plan.ThetaDecode, Is.EqualTo(0.902).Within(1e-12));
        Assert.That(plan.ThetaPrefillFraction, Is.EqualTo(1).Within(1e-12));
        Assert.That(plan.Bottleneck, Is.EqualTo(Bottleneck.Prefill));
    }

    [Test]
    public void Row_2_the_models_power_makes_the_caps()
    {
        var plan = Problems.Feasible(Problems.Unit());

        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts), Is.EqualTo((400, 300)));
    }

    [Test]
    [Property("Defect", "D-03")]
    public void Rows_3_and_12_without_power_data_the_nameplate_is_charged([Values(8000, 1000)] long budget)
    {
        var problem = Problems.Unit(0, 0) with { Limits = new PlanningLimits { BudgetWatts = budget, GpuBudget = 32 } };

        var result = Planner.Plan(problem);
        var plan = Problems.Feasible(problem with { Limits = Ample });

        Assert.That((result.Reason, result.MinimumBudgetWatts, result.Plan), Is.EqualTo((InfeasibleReason.PowerBudgetInfeasible, 11_200L, (PowerPlan?)null)));
        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts), Is.EqualTo((700, 700)));
    }

    [Test]
    public void Row_4_coefficients_inflate_the_caps()
    {
        var plan = Problems.Feasible(Problems.Unit() with { Corrections = Corrections.None with { PowerPrefill = 1.5, PowerDecode = 1.2 } });

        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts, plan.TotalWatts), Is.EqualTo((600, 360, 7680L)));
    }

    [Test]
    public void Row_5_the_plan_knows_its_workload()
    {
        var plan = Problems.Feasible(Problems.Unit());

        Assert.That((plan.Isl, plan.Osl), Is.EqualTo((1000, 200)));
    }

    [Test]
    public void Row_6_thetas_are_shares()
    {
        var plan = Problems.Feasible(Problems.Unit(kvTokens: 100_000));

        Assert.That(plan.DecodeBatch, Is.EqualTo(83));
        Assert.That(plan.ThetaDecode, Is.EqualTo(0.913).Within(1e-12));
        Assert.That(plan.ThetaPrefillFraction, Is.InRange(0, 1));
    }

    [Test]
    [Property("Rule", "LIB-9.4-f")]
    [Property("Defect", "D-19")]
    public void Row_7_an_aggregated_engine_has_one_cap_and_one_count()
    {
        var plan = Problems.Feasible(Problems.Unit(500, 500).Aggregated() with { Corrections = Corrections.None with { PowerAggregated = 1.1 }, Limits = new PlanningLimits { BudgetWatts = 8000, GpuBudget = 32 } });

        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts, plan.PrefillReplicas), Is.EqualTo((550, 550, 0)));
        Assert.That((plan.DecodeReplicas, plan.TotalWatts), Is.EqualTo((1, 4400L)));
        Assert.That(plan.RequestsPerSecondPerPrefillReplica, Is.Null);
        Assert.That(plan.Bottleneck, Is.Null);
        Assert.That(plan.RequestsPerSecondPerDecodeReplica, Is.EqualTo(41 * 1000 / (50 + (10 * 199.0))).Within(1e-12));
        Assert.That(plan.AggregatedPower!.Value.RawWatts, Is.EqualTo(500));
    }

    [TestCase(1275), TestCase(1500)]
    public void Rows_8_to_10_a_non_physical_estimate_is_charged_at_the_nameplate_and_exposed_raw(double decodeWatts)
    {
        var problem = Problems.Unit(decodeWatts: decodeWatts);

        var result = Planner.Plan(problem);
        var plan = Problems.Feasible(problem with { Limits = Ample });

        Assert.That((result.Reason, result.MinimumBudgetWatts), Is.EqualTo((InfeasibleReason.PowerBudgetInfeasible, 8800L)));
        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts), Is.EqualTo((400, 700)));
        Assert.That((plan.PrefillPower.RawWatts, plan.DecodePower.RawWatts), Is.EqualTo((400.0, decodeWatts)));
        Assert.That((plan.PrefillPower.IsValid, plan.DecodePower.IsValid), Is.EqualTo((true, false)));
    }

    [Test]
    public void Row_11_a_larger_budget_buys_the_larger_rate()
    {
        var plan = Problems.Feasible(Problems.Unit() with { Limits = new PlanningLimits { BudgetWatts = 10_000, GpuBudget = 32 } });

        Assert.That((plan.PrefillReplicas, plan.DecodeReplicas, plan.TotalWatts), Is.EqualTo((2, 1, 8800L)));
        Assert.That(plan.ThroughputRequestsPerSecond, Is.EqualTo(20.5).Within(1e-12));
    }

    [Test]
    [Property("Rule", "LIB-9.4-c")]
    [Property("Defect", "D-04")]
    [Property("Defect", "D-43")]
    public void Row_13_the_gpu_ceiling_is_shared_by_both_roles()
    {
        var result = Planner.Plan(Problems.Unit() with { Limits = new PlanningLimits { BudgetWatts = 200_000, GpuBudget = 8 } });

        Assert.That((result.Reason, result.MinimumGpus, result.MinimumBudgetWatts), Is.EqualTo((InfeasibleReason.GpuBudgetInfeasible, 16L, (long?)null)));
        Assert.That(result.Detail, Does.Contain("16 GPUs").And.Contain("8 GPUs"));
    }

    [TestCase(ReplicaPolicy.RateMatched, 5, 5), TestCase(ReplicaPolicy.DecodeFirst, 1, 5)]
    [Property("Defect", "D-18")]
    public void Row_32_without_a_budget_throughput_sizes_prefill(ReplicaPolicy policy, int prefill, int decode)
    {
        var plan = Problems.Feasible(Problems.Unit() with { ReplicaPolicy = policy, MaxReplicas = 5, Limits = default });

        Assert.That((plan.PrefillReplicas, plan.DecodeReplicas), Is.EqualTo((prefill, decode)));
    }

    [Test]
    [Property("Rule", "LIB-9.4-d")]
    public void Row_33_minima_are_kept([Values] ReplicaPolicy policy)
    {
        var plan = Problems.Feasible(Problems.Unit() with { ReplicaPolicy = policy, MinPrefillReplicas = 3, MinDecodeReplicas = 3, MaxReplicas = 10, Limits = new PlanningLimits { BudgetWatts = 100_000 } });

        Assert.That((plan.PrefillReplicas, plan.DecodeReplicas, plan.TotalWatts), Is.EqualTo((10, 10, 56_000L)));
    }

    [Test]
    [Property("Rule", "LIB-9.4-i")]
    [Property("Defect", "D-03")]
    public void Row_34_a_budget_below_the_minima_is_infeasible([Values] ReplicaPolicy policy)
    {
        var result = Planner.Plan(Problems.Unit() with { ReplicaPolicy = policy, MaxReplicas = 10, Limits = new PlanningLimits { BudgetWatts = 100 } });

        Assert.That((result.Reason, result.MinimumBudgetWatts), Is.EqualTo((InfeasibleReason.PowerBudgetInfeasible, 5600L)));
        Assert.That(result.Detail, Does.Contain("5600 W").And.Contain("100 W"));
    }

    [TestCase("high", 40_000, 4, 4, 37_152, TestName = "Row_S6_40_kilowatts_are_split_evenly")]
    [TestCase("high", 120_000, 4, 4, 37_152, TestName = "Row_S9_64_GPUs_bind_before_120_kilowatts")]
    [TestCase("med", 120_000, 4, 4, 27_904, TestName = "Row_S10_the_medium_level_draws_less")]
    [TestCase("high", 20_000, 2, 2, 18_576, TestName = "Row_S11_20_kilowatts_at_the_high_level")]
    [TestCase("low", 20_000, 4, 4, 18_592, TestName = "Row_S11_20_kilowatts_at_the_low_level")]
    public void Simulation_rows(string level, long budget, int prefill, int decode, long watts)
    {
        var targets = Problems.Simulation(level, budget) with { TtftTargetMs = 300, ItlTargetMs = 100 };

        var plan = Problems.Feasible(targets);

        Assert.That((plan.PrefillReplicas, plan.DecodeReplicas, plan.TotalWatts), Is.EqualTo((prefill, decode, watts)));
    }

    [TestCase("high", 664, 614, 40_896), TestCase("med", 498, 461, 30_688), TestCase("low", 332, 307, 20_448)]
    public void Rows_S7_and_S13_corrected_caps(string level, int prefillCap, int decodeCap, long watts)
    {
        var plan = Problems.Feasible(Problems.Simulation(level, 200_000) with { Corrections = Corrections.None with { PowerPrefill = 1.1, PowerDecode = 1.1 } });

        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts, plan.TotalWatts, plan.TotalGpus), Is.EqualTo((prefillCap, decodeCap, watts, 64L)));
    }

    [Test]
    public void Row_S8_sixteen_GPUs_hold_one_replica_each()
    {
        var plan = Problems.Feasible(Problems.Simulation("high", 200_000) with { Limits = new PlanningLimits { BudgetWatts = 200_000, GpuBudget = 16 } });

        Assert.That((plan.PrefillReplicas, plan.DecodeReplicas), Is.EqualTo((1, 1)));
    }

    [TestCase("high", 603, 558), TestCase("med", 453, 419), TestCase("low", 302, 279)]
    public void Row_S12_caps_follow_the_level_and_not_the_nameplate(string level, int prefillCap, int decodeCap)
    {
        var plan = Problems.Feasible(Problems.Simulation(level, 200_000));

        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts), Is.EqualTo((prefillCap, decodeCap)));
    }

    [Test]
    [Property("Defect", "D-22")]
    public void The_contracts_example_comes_out_digit_by_digit()
    {
        var problem = Problems.Simulation("high", 40_000) with { PrefillUtilization = 0.90, DecodeUtilization = 0.92, Batches = BatchPolicy.All };
        var prepared = Planner.Prepare(problem);

        var plan = prepared.Plan().Plan!;
        var first = prepared.Frontier(problem.Limits, problem.Corrections)[0];

        Assert.That((plan.PrefillReplicas, plan.DecodeReplicas, plan.PrefillCapWatts, plan.DecodeCapWatts, plan.DecodeBatch), Is.EqualTo((4, 4, 603, 558, 40)));
        Assert.That((plan.TotalWatts, plan.TotalGpus, plan.Bottleneck), Is.EqualTo((37_152L, 64L, Bottleneck.Prefill)));
        Assert.That(plan.ThroughputRequestsPerSecond, Is.EqualTo(72).Within(1e-12));
        Assert.That(plan.ThroughputTokensPerSecond, Is.EqualTo(88_128).Within(1e-9));
        Assert.That(plan.RequestsPerSecondPerPrefillReplica, Is.EqualTo(18).Within(1e-12));
        Assert.That(plan.RequestsPerSecondPerDecodeReplica, Is.EqualTo(18.4).Within(1e-12));
        Assert.That(plan.ThetaDecode, Is.EqualTo(0.8992).Within(1e-12));
        Assert.That(plan.ThetaPrefillFraction, Is.EqualTo(0.9).Within(1e-12));
        Assert.That((first.TotalWatts, first.PrefillReplicas, first.DecodeReplicas, first.DecodeBatch), Is.EqualTo((9288L, 1, 1, 40)));
        Assert.That(first.ThroughputRequestsPerSecond, Is.EqualTo(18).Within(1e-12));
    }

    [Test]
    [Property("Rule", "LIB-9.4-e")]
    [Property("Defect", "D-16")]
    public void Defect_D_16_prefill_is_not_starved()
    {
        var points = new TablePerformanceModel([new TablePrefillPoint(120, 450)], [new TableDecodePoint(63, 8, 360)], 63 * 3150);
        var problem = Problems.Unit() with
        {
            Isl = 3000,
            Osl = 150,
            PrefillEngine = new PlanningEngine(points, new EngineLayout(1)),
            DecodeEngine = new PlanningEngine(points, new EngineLayout(2)),
            Limits = new PlanningLimits { BudgetWatts = 4000 },
        };

        var plan = Problems.Feasible(problem);

        Assert.That((plan.PrefillReplicas, plan.DecodeReplicas, plan.TotalWatts), Is.EqualTo((7, 1, 3870L)));
    }

    [Test]
    [Property("Rule", "LIB-8-a")]
    [Property("Defect", "D-05")]
    public void Defect_D_05_a_smaller_batch_that_meets_the_target_is_found()
    {
        var points = new TablePerformanceModel([new TablePrefillPoint(50, 400)], [new TableDecodePoint(32, 38, 300), new TableDecodePoint(63, 60, 300)], 63 * 3150);
        var problem = Problems.Unit().WithModel(points) with { Isl = 3000, Osl = 150 };

        var all = Problems.Feasible(problem with { Batches = BatchPolicy.All });
        var largest = Planner.Plan(problem);

        Assert.That(all.DecodeBatch, Is.EqualTo(32));
        Assert.That(all.RequestsPerSecondPerDecodeReplica, Is.EqualTo(32 * 1000 / (38 * 150.0)).Within(1e-12));
        Assert.That(largest.Reason, Is.EqualTo(InfeasibleReason.SlaInfeasible));
        Assert.That(largest.Detail, Does.Contain("60 ms").And.Contain("50 ms"));
    }

    [Test]
    [Property("Rule", "LIB-9.4-i")]
    [Property("Defect", "D-06")]
    public void Defect_D_06_a_cache_that_holds_no_sequence_is_infeasible()
    {
        var result = Planner.Plan(Problems.Unit(kvTokens: 2000) with { Isl = 3000, Osl = 150 });

        Assert.That(result.Reason, Is.EqualTo(InfeasibleReason.KvInfeasible));
        Assert.That(result.Detail, Does.Contain("2000").And.Contain("3150"));
    }
}
