using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Planning;

/// <summary>Budgets while caps are known not to be enforced.</summary>
internal sealed class ChargeFloorTests
{
    [Test]
    public void The_search_finds_the_plan_that_enumeration_finds()
    {
        var (infeasible, planned, changed) = (0, 0, 0);
        for (var seed = 0; seed < 20_000; seed++)
        {
            var free = RandomProblems.Create(seed);
            var problem = free.WithChargeFloors(seed);
            var actual = Planner.Plan(problem);
            if (ExactSearchTests.Difference(BruteForcePlanner.Plan(problem), actual) is { } difference)
            {
                Assert.Fail($"Seed {seed}: {difference}\n{actual}\n{problem}");
            }

            if (actual.Plan is { } plan && ExactSearchTests.Broken(problem, plan) is { } broken)
            {
                Assert.Fail($"Seed {seed}: {broken}\n{plan}\n{problem}");
            }

            planned += actual.IsFeasible ? 1 : 0;
            infeasible += actual.Reason == InfeasibleReason.PowerBudgetInfeasible ? 1 : 0;
            changed += actual.IsFeasible && actual.Plan != Planner.Plan(free).Plan ? 1 : 0;
        }

        Assert.That(new[] { planned, infeasible, changed }, Has.All.GreaterThan(1000), "each kind of answer must occur often enough to be tested");
    }

    [Test]
    public void Long_fronts_lose_no_plan()
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var problem = RandomProblems.CreateLarge(seed).WithChargeFloors(seed);
            if (ExactSearchTests.Difference(BruteForcePlanner.Plan(problem), Planner.Plan(problem)) is { } difference)
            {
                Assert.Fail($"Seed {seed}: {difference}\n{problem}");
            }
        }
    }

    [Test]
    public void The_least_violation_is_the_one_that_enumeration_finds()
    {
        var found = 0;
        for (var seed = 0; seed < 10_000; seed++)
        {
            var problem = (RandomProblems.Create(seed) with { TtftTargetMs = 6, ItlTargetMs = 6, ReplicaPolicy = ReplicaPolicy.RateMatched }).WithChargeFloors(seed);
            if (BruteForcePlanner.Plan(problem).Reason != InfeasibleReason.SlaInfeasible)
            {
                continue;
            }

            var actual = Planner.Prepare(problem).PlanBestEffort(problem.Limits, problem.Corrections);
            found += actual.IsFeasible ? 1 : 0;
            if (ExactSearchTests.Difference(BruteForcePlanner.PlanBestEffort(problem), actual) is { } difference)
            {
                Assert.Fail($"Seed {seed}: {difference}\n{problem}");
            }
        }

        Assert.That(found, Is.GreaterThan(500));
    }

    [Test]
    public void The_frontier_is_every_trade_off_that_enumeration_finds()
    {
        var points = 0;
        for (var seed = 0; seed < 5_000; seed++)
        {
            var problem = (RandomProblems.Create(seed) with { ReplicaPolicy = ReplicaPolicy.RateMatched }).WithChargeFloors(seed);
            var expected = BruteForcePlanner.Frontier(problem)
                .Select(plan => (plan.Watts, plan.Gpus, plan.PrefillReplicas, plan.DecodeReplicas, plan.Pair.PrefillCapWatts, plan.Pair.DecodeCapWatts, plan.Pair.Batch))
                .ToList();
            var actual = Planner.Prepare(problem).Frontier(problem.Limits, problem.Corrections)
                .Select(point => (point.TotalWatts, point.TotalGpus, point.PrefillReplicas, point.DecodeReplicas, point.PrefillCapWatts, point.DecodeCapWatts, point.DecodeBatch))
                .ToList();

            points += expected.Count;
            if (!expected.SequenceEqual(actual))
            {
                Assert.Fail($"Seed {seed}\nexpected {string.Join(", ", expected)}\nactual   {string.Join(", ", actual)}\n{problem}");
            }
        }

        Assert.That(points, Is.GreaterThan(5_000));
    }

    [Test]
    public void The_watts_to_the_next_plan_are_the_fewest_that_give_one()
    {
        var checkedPlans = 0;
        for (var seed = 0; seed < 6_000; seed++)
        {
            var problem = (RandomProblems.Create(seed) with { ReplicaPolicy = ReplicaPolicy.RateMatched, Objective = PlanningObjective.Throughput, TargetRequestsPerSecond = null }).WithChargeFloors(seed);
            var prepared = Planner.Prepare(problem);
            if (problem.Limits.BudgetWatts is not { } budget || prepared.Plan().Plan is not { } plan || prepared.Explain(problem.Limits, problem.Corrections)!.WattsToNextPlan is not { } watts)
            {
                continue;
            }

            double Served(long more) => prepared.Plan(problem.Limits with { BudgetWatts = budget + more }, problem.Corrections).Plan!.ThroughputRequestsPerSecond;
            checkedPlans++;
            if (!(Served(watts) > plan.ThroughputRequestsPerSecond) || Served(watts - 1) > plan.ThroughputRequestsPerSecond * (1 + 1e-9))
            {
                Assert.Fail($"Seed {seed}: {watts} W more\n{plan}\n{problem}");
            }
        }

        Assert.That(checkedPlans, Is.GreaterThan(300));
    }

    [Test]
    public void A_floor_is_charged_and_leaves_caps_and_latencies_alone()
    {
        // 8 GPUs each: prefill is charged 500 instead of 400 W a GPU, decode 300 W as before.
        var problem = Problems.Unit();
        var plan = Problems.Feasible(problem with { Limits = problem.Limits with { PrefillChargeFloorWatts = 500 } });

        Assert.That((plan.PrefillReplicas, plan.DecodeReplicas, plan.TotalWatts), Is.EqualTo((1, 1, 6400L)));
        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts), Is.EqualTo((400, 300)));
        Assert.That(plan with { TotalWatts = 5600 }, Is.EqualTo(Problems.Feasible(problem)));
    }

    [Test]
    public void A_floor_below_the_caps_changes_nothing()
    {
        var problem = Problems.Unit();

        Assert.That(
            Problems.Feasible(problem with { Limits = problem.Limits with { PrefillChargeFloorWatts = 400, DecodeChargeFloorWatts = 300 } }),
            Is.EqualTo(Problems.Feasible(problem)));
    }

    [Test]
    public void The_smallest_budget_of_an_infeasible_answer_charges_the_floor()
    {
        var problem = Problems.Unit() with { Limits = new PlanningLimits { BudgetWatts = 10_000, DecodeChargeFloorWatts = 900, PrefillChargeFloorWatts = 401 } };

        var result = Planner.Plan(problem);

        Assert.That((result.Reason, result.MinimumBudgetWatts), Is.EqualTo((InfeasibleReason.PowerBudgetInfeasible, 8L * (900 + 401))));
        Assert.That(result.Detail, Does.Contain("10408 W"));
    }

    [Test]
    public void Aggregated_engines_know_the_decode_floor_only()
    {
        var problem = Problems.Unit().Aggregated() with { TtftTargetMs = 1000, Limits = new PlanningLimits { GpuBudget = 8, PrefillChargeFloorWatts = 900, DecodeChargeFloorWatts = 450 } };

        Assert.That(Problems.Feasible(problem).TotalWatts, Is.EqualTo(8 * 450L));
    }

    [Test]
    public void Of_prefill_points_that_are_charged_alike_the_lowest_cap_wins_where_it_suffices()
    {
        // Decode serves 8 requests/s; 100 ms of prefill serve 10, 50 ms serve 20, both are charged 600 W.
        var model = new TablePerformanceModel([new TablePrefillPoint(50, 500), new TablePrefillPoint(100, 350)], [new TableDecodePoint(16, 10, 300)], 50_000);
        var problem = Problems.Unit().WithModel(model) with { TargetRequestsPerSecond = 8, Limits = new PlanningLimits { GpuBudget = 16, PrefillChargeFloorWatts = 600 } };

        Assert.That(Problems.Feasible(problem).PrefillCapWatts, Is.EqualTo(350));
    }

    [Test]
    public void A_floor_of_no_watts_is_invalid([Values(0, -1, 1_000_000_001)] int watts, [Values] bool prefill)
    {
        var limits = prefill ? new PlanningLimits { PrefillChargeFloorWatts = watts } : new PlanningLimits { DecodeChargeFloorWatts = watts };

        Assert.That(
            () => Planner.Prepare(Problems.Unit()).Plan(limits, Corrections.None),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("ChargeFloorWatts").And.Message.Contains($"{watts} W"));
    }
}
