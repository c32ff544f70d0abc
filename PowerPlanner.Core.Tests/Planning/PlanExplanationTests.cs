using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Planning;

internal sealed class PlanExplanationTests
{
    [Test]
    public void Watts_bind_where_more_of_them_would_serve_more()
    {
        // One each at 5600 of 8000 W; a second prefill replica (8800 W) raises 20 to 20.5 requests/s.
        var explanation = Explain(Problems.Unit());

        Assert.That((explanation.BindingConstraint, explanation.Bottleneck), Is.EqualTo((BindingConstraint.Watts, (Bottleneck?)Bottleneck.Prefill)));
        Assert.That(explanation.GainWithoutConstraintRequestsPerSecond, Is.EqualTo(20).Within(1e-12));
        Assert.That(explanation.GainOfOneKilowattRequestsPerSecond, Is.EqualTo(0.5).Within(1e-9));
        Assert.That((explanation.WattsToNextPlan, explanation.UnusedWatts, explanation.UnusedGpus), Is.EqualTo((800L, 2400L, 16L)));
        Assert.That(explanation.GpusToNextPlan, Is.Null, "no number of GPUs makes 8800 W fit into 8000 W");
        Assert.That(explanation.Summary, Does.Contain("watt budget binds").And.Contain("800 W"));
    }

    [Test]
    public void GPUs_bind_where_the_ceiling_is_reached()
    {
        var explanation = Explain(Problems.Unit() with { Limits = new PlanningLimits { GpuBudget = 23 } });

        Assert.That(explanation.BindingConstraint, Is.EqualTo(BindingConstraint.Gpus));
        Assert.That(explanation.GainOfOneGpuRequestsPerSecond, Is.EqualTo(0.5).Within(1e-9));
        Assert.That((explanation.GpusToNextPlan, explanation.WattsToNextPlan, explanation.UnusedWatts), Is.EqualTo((1L, (long?)null, (long?)null)));
    }

    [Test]
    public void Replicas_bind_where_nothing_else_does()
    {
        var explanation = Explain(Problems.Unit() with { Limits = default, MaxReplicas = 4 });

        Assert.That(explanation.BindingConstraint, Is.EqualTo(BindingConstraint.Replicas));
    }

    [Test]
    public void The_demand_binds_where_it_is_served()
    {
        var explanation = Explain(Problems.Unit() with { TargetRequestsPerSecond = 5 });

        Assert.That((explanation.BindingConstraint, explanation.WattsToNextPlan), Is.EqualTo((BindingConstraint.Demand, (long?)800)));
    }

    [Test]
    public void A_target_binds_where_a_point_beyond_it_would_serve_more()
    {
        var table = new TablePerformanceModel(
            [new(10, 100)],
            [new(4, 10, 100), new(32, 60, 100)],
            50_000);
        var explanation = Explain(Problems.Unit().WithModel(table) with { Batches = BatchPolicy.All, Limits = new PlanningLimits { GpuBudget = 16 }, MaxReplicas = 1 });

        Assert.That(explanation.BindingConstraint, Is.EqualTo(BindingConstraint.ItlTarget));
        Assert.That(explanation.GainWithoutConstraintRequestsPerSecond, Is.EqualTo((32 * 1000 / (60 * 200.0)) - (4 * 1000 / (10 * 200.0))).Within(1e-9));
    }

    [Test]
    public void Several_limits_bind_together_where_lifting_one_gains_nothing()
    {
        var explanation = Explain(Problems.Unit() with { Limits = new PlanningLimits { BudgetWatts = 5600, GpuBudget = 16 }, MaxReplicas = 1, MaxBatch = 20, Batches = BatchPolicy.All });

        Assert.That(explanation.BindingConstraint, Is.EqualTo(BindingConstraint.MaxBatch));
    }

    [Test]
    public void A_kilowatt_and_a_GPU_fewer_take_away_what_plans_without_them_lack()
    {
        // One each at 5600 of 8000 W on 16 of 32 GPUs, 20 requests/s.
        var spare = Explain(Problems.Unit());
        var tight = Explain(Problems.Unit() with { Limits = new PlanningLimits { BudgetWatts = 6000, GpuBudget = 16 } });

        Assert.That((spare.LossOfOneKilowattRequestsPerSecond, spare.LossOfOneGpuRequestsPerSecond), Is.EqualTo((0.0, 0.0)));
        Assert.That((tight.LossOfOneKilowattRequestsPerSecond, tight.LossOfOneGpuRequestsPerSecond), Is.EqualTo((20.0, 20.0)), "without them no plan is left");
    }

    [Test]
    public void Without_budgets_watts_and_GPUs_are_no_question()
    {
        var explanation = Explain(Problems.Unit() with { Limits = default, MaxReplicas = 2 });

        Assert.That((explanation.GainOfOneKilowattRequestsPerSecond, explanation.LossOfOneKilowattRequestsPerSecond), Is.EqualTo((0.0, 0.0)));
        Assert.That((explanation.GainOfOneGpuRequestsPerSecond, explanation.LossOfOneGpuRequestsPerSecond), Is.EqualTo((0.0, 0.0)));
        Assert.That((explanation.UnusedWatts, explanation.UnusedGpus), Is.EqualTo(((long?)null, (long?)null)));
    }

    [Test]
    public void Every_margin_is_what_the_plan_leaves_of_its_limit()
    {
        var margins = Explain(Problems.Unit() with { TargetRequestsPerSecond = 19, MaxBatch = 100 }).Margins;

        Assert.That(margins.Select(margin => (margin.Constraint, margin.Limit, margin.Used, margin.Margin)), Is.EqualTo(new (BindingConstraint, double?, double, double?)[]
        {
            (BindingConstraint.Watts, 8000, 5600, 2400),
            (BindingConstraint.Gpus, 32, 16, 16),
            (BindingConstraint.Replicas, 256, 1, 255),
            (BindingConstraint.TtftTarget, 200, 50, 150),
            (BindingConstraint.ItlTarget, 50, 10, 40),
            (BindingConstraint.Demand, 19, 19, 0),
            (BindingConstraint.KvCapacity, 41, 41, 0),
            (BindingConstraint.MaxBatch, 100, 41, 59),
        }));
        Assert.That(margins.Single(margin => margin.Constraint == BindingConstraint.Demand).GainWithoutRequestsPerSecond, Is.Zero, "the budgets serve no more than 20 requests/s either way");
    }

    [Test]
    public void Margins_and_energy_are_those_of_the_plan()
    {
        var explained = 0;
        for (var seed = 0; seed < 2_000; seed++)
        {
            var problem = RandomProblems.Create(seed);
            var prepared = Planner.Prepare(problem);
            if (prepared.Plan().Plan is not { } plan)
            {
                continue;
            }

            explained++;
            var explanation = prepared.Explain(problem.Limits, problem.Corrections)!;
            var used = explanation.Margins.ToDictionary(margin => margin.Constraint, margin => margin.Used);
            Assert.Multiple(() =>
            {
                Assert.That(used[BindingConstraint.Watts], Is.EqualTo(plan.TotalWatts), $"seed {seed}");
                Assert.That(used[BindingConstraint.Gpus], Is.EqualTo(plan.TotalGpus), $"seed {seed}");
                Assert.That(used[BindingConstraint.TtftTarget], Is.EqualTo(plan.CorrectedTtftMs).Within(1e-9), $"seed {seed}");
                Assert.That(used[BindingConstraint.ItlTarget], Is.EqualTo(plan.CorrectedItlMs).Within(1e-9), $"seed {seed}");
                Assert.That(explanation.Margins.Select(margin => margin.Margin ?? 0), Has.All.GreaterThanOrEqualTo(0), $"seed {seed}");
                Assert.That(explanation.Margins.Select(margin => margin.GainWithoutRequestsPerSecond ?? 0), Has.All.GreaterThanOrEqualTo(0), $"seed {seed}");
                Assert.That(explanation.JoulesPerRequest, Is.EqualTo(plan.JoulesPerRequest).And.EqualTo((explanation.PrefillJoulesPerRequest ?? 0) + explanation.DecodeJoulesPerRequest), $"seed {seed}");
                Assert.That(explanation.JoulesPerToken, Is.EqualTo(plan.JoulesPerToken), $"seed {seed}");
                Assert.That(explanation.PrefillJoulesPerRequest is null, Is.EqualTo(problem.Mode == DeploymentMode.Aggregated), $"seed {seed}");
            });
        }

        Assert.That(explained, Is.GreaterThan(500));
    }

    [Test]
    public void An_infeasible_problem_has_no_plan_to_explain()
    {
        var problem = Problems.Unit() with { Limits = new PlanningLimits { BudgetWatts = 1 } };

        Assert.That(Planner.Prepare(problem).Explain(problem.Limits, problem.Corrections), Is.Null);
    }

    [Test]
    public void The_watts_to_the_next_plan_are_exactly_enough()
    {
        for (var seed = 0; seed < 3_000; seed++)
        {
            var problem = RandomProblems.Create(seed) with { Objective = PlanningObjective.Throughput, ReplicaPolicy = ReplicaPolicy.RateMatched, TargetRequestsPerSecond = null };
            var prepared = Planner.Prepare(problem);
            if (problem.Limits.BudgetWatts is not { } budget || prepared.Explain(problem.Limits, problem.Corrections) is not { WattsToNextPlan: { } missing })
            {
                continue;
            }

            var served = prepared.Plan().Plan!.ThroughputRequestsPerSecond;
            var enough = prepared.Plan(problem.Limits with { BudgetWatts = budget + missing }, problem.Corrections).Plan!.ThroughputRequestsPerSecond;
            var short1 = prepared.Plan(problem.Limits with { BudgetWatts = budget + missing - 1 }, problem.Corrections).Plan!.ThroughputRequestsPerSecond;
            if (!(missing > 0 && enough > served && short1 == served))
            {
                Assert.Fail($"Seed {seed}: {served} requests/s at {budget} W, {short1} one watt short of {missing} W more, {enough} with them.");
            }
        }
    }

    private static PlanExplanation Explain(PlanningProblem problem) => Planner.Prepare(problem).Explain(problem.Limits, problem.Corrections)!;
}
