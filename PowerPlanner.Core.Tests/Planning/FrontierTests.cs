using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Planning;

internal sealed class FrontierTests
{
    [Test]
    public void The_frontier_is_every_trade_off_that_enumeration_finds()
    {
        var points = 0;
        for (var seed = 0; seed < 8_000; seed++)
        {
            var problem = RandomProblems.Create(seed) with { ReplicaPolicy = ReplicaPolicy.RateMatched };
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

        Assert.That(points, Is.GreaterThan(10_000));
    }

    [Test]
    public void The_plan_under_a_budget_of_a_trade_off_is_that_trade_off()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var problem = RandomProblems.Create(seed) with { ReplicaPolicy = ReplicaPolicy.RateMatched, Objective = PlanningObjective.Throughput, TargetRequestsPerSecond = null };
            var prepared = Planner.Prepare(problem);
            foreach (var point in prepared.Frontier(problem.Limits, problem.Corrections))
            {
                var plan = prepared.Plan(problem.Limits with { BudgetWatts = point.TotalWatts }, problem.Corrections).Plan!;

                var same = new FrontierPoint(plan.TotalWatts, plan.TotalGpus, plan.ThroughputRequestsPerSecond, plan.PrefillReplicas, plan.DecodeReplicas, plan.PrefillCapWatts, plan.DecodeCapWatts, plan.DecodeBatch, plan.JoulesPerRequest, plan.JoulesPerToken);
                if (same != point)
                {
                    Assert.Fail($"Seed {seed}: {point}, but the plan is {same}");
                }
            }
        }
    }

    [Test]
    public void The_frontier_rises_strictly_in_watts_and_in_throughput()
    {
        var problem = Problems.Unit() with { Limits = new PlanningLimits { BudgetWatts = 100_000 } };

        var frontier = Planner.Prepare(problem).Frontier(problem.Limits, problem.Corrections);

        Assert.That(frontier, Has.Length.GreaterThan(5));
        Assert.That(frontier.Zip(frontier.Skip(1)).All(pair => pair.First.TotalWatts < pair.Second.TotalWatts && pair.First.ThroughputRequestsPerSecond < pair.Second.ThroughputRequestsPerSecond));
        Assert.That(frontier[^1].TotalWatts, Is.LessThanOrEqualTo(100_000));
    }

    [Test]
    public void The_frontier_of_an_infeasible_problem_is_empty()
    {
        var problem = Problems.Unit() with { Limits = new PlanningLimits { BudgetWatts = 100 } };

        Assert.That(Planner.Prepare(problem).Frontier(problem.Limits, problem.Corrections), Is.Empty);
    }
}
