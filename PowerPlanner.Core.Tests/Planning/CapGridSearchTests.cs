using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Performance.PowerScaling;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Planning;

/// <summary>Caps as a dimension of the search, against plain enumeration.</summary>
internal sealed class CapGridSearchTests
{
    private const int Problems = 6_000;

    [Test]
    public void The_search_finds_the_caps_that_enumeration_finds()
    {
        var (below, apart) = (0, 0);
        var reasons = new Dictionary<string, int>();
        for (var seed = 0; seed < Problems; seed++)
        {
            var problem = Create(seed);
            var expected = BruteForcePlanner.Plan(problem);
            var actual = Planner.Plan(problem);
            var key = expected.Reason?.ToString() ?? $"{problem.Mode} {problem.Objective}";
            reasons[key] = reasons.GetValueOrDefault(key) + 1;
            if (ExactSearchTests.Difference(expected, actual) is { } difference)
            {
                Assert.Fail($"Seed {seed}: {difference}\nexpected {expected}\nactual {actual}\n{problem}\n{problem.Limits}");
            }

            below += actual.Plan is { } plan && (plan.PrefillCapProvenance ?? plan.DecodeCapProvenance) is not null ? 1 : 0;
            apart += actual.Plan is { } two && two.PrefillCapProvenance is null != two.DecodeCapProvenance is null ? 1 : 0;
        }

        TestContext.Out.WriteLine($"{below} plans have a cap of the grid, {apart} on one side alone");
        TestContext.Out.WriteLine(string.Join(Environment.NewLine, reasons.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: {pair.Value}")));
        Assert.That(below, Is.GreaterThan(Problems / 10));
        Assert.That(apart, Is.GreaterThan(Problems / 100));
    }

    [Test]
    public void The_frontier_over_caps_is_the_one_that_enumeration_finds()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var problem = Create(seed);
            var expected = BruteForcePlanner.Frontier(problem);
            var actual = Planner.Prepare(problem).Frontier(problem.Limits, problem.Corrections);

            Assert.That(
                actual.Select(point => (point.TotalWatts, point.TotalGpus, point.PrefillReplicas, point.DecodeReplicas, point.PrefillCapWatts, point.DecodeCapWatts, point.DecodeBatch)),
                Is.EqualTo(expected.Select(plan => (plan.Watts, plan.Gpus, plan.PrefillReplicas, plan.DecodeReplicas, plan.Pair.PrefillCapWatts, plan.Pair.DecodeCapWatts, plan.Pair.Batch))),
                $"seed {seed}");
        }
    }

    [Test]
    public void The_least_violation_over_caps_is_the_one_that_enumeration_finds()
    {
        var found = 0;
        for (var seed = 0; seed < 1500; seed++)
        {
            var problem = Create(seed) with { TtftTargetMs = 6, ItlTargetMs = 6 };
            if (BruteForcePlanner.Plan(problem).Reason == InfeasibleReason.SlaInfeasible)
            {
                found++;
                var actual = Planner.Prepare(problem).PlanBestEffort(problem.Limits, problem.Corrections);
                Assert.That(ExactSearchTests.Difference(BruteForcePlanner.PlanBestEffort(problem), actual), Is.Null, $"seed {seed}\n{problem}");
            }
        }

        Assert.That(found, Is.GreaterThan(100));
    }

    [Test]
    public void A_grid_never_serves_less_and_no_plan_of_it_breaks_a_constraint()
    {
        for (var seed = 0; seed < Problems; seed++)
        {
            var problem = Create(seed);
            var swept = Planner.Plan(problem);
            if (swept.Plan is not { } plan)
            {
                continue;
            }

            Assert.That(ExactSearchTests.Broken(problem, plan), Is.Null, $"seed {seed}");
            if (problem.Objective == PlanningObjective.Throughput && Planner.Plan(problem with { CapGrid = null }).Plan is { } single && problem.TargetRequestsPerSecond is null && Reaches(problem))
            {
                Assert.That(plan.ThroughputRequestsPerSecond, Is.GreaterThanOrEqualTo(single.ThroughputRequestsPerSecond * (1 - 1e-12)), $"seed {seed}");
            }
        }

        // Where the range cuts a cap, power scaling may be slower than power over cap: there the two are different problems.
        static bool Reaches(PlanningProblem problem) => problem.Limits.PrefillCapLimits is null && problem.Limits.DecodeCapLimits is null;
    }

    [Test]
    public void A_step_of_1_W_and_many_levels_finds_what_enumeration_finds()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var problem = Create(seed) with { CapGrid = new CapGrid { StepWatts = 1 }, MaxReplicas = 3, MinDecodeReplicas = 1, MinPrefillReplicas = 1, MaxBatch = 2 };

            Assert.That(ExactSearchTests.Difference(BruteForcePlanner.Plan(problem), Planner.Plan(problem)), Is.Null, $"seed {seed}\n{problem}");
        }
    }

    [Test]
    public void Scarce_watts_and_GPUs_to_spare_are_served_best_below_the_natural_draw()
    {
        var problem = Scarce(nonGpuWattsPerGpu: 0);
        var uncapped = Tests.Planning.Problems.Feasible(problem with { CapGrid = null });
        var swept = Tests.Planning.Problems.Feasible(problem);

        Assert.That(swept.PrefillCapWatts, Is.LessThan(uncapped.PrefillCapWatts));
        Assert.That(swept.PrefillCapProvenance, Is.EqualTo(Provenance.Modelled));
        Assert.That(swept.ThroughputRequestsPerSecond, Is.GreaterThan(uncapped.ThroughputRequestsPerSecond * 1.2));
        Assert.That(swept.JoulesPerRequest, Is.LessThan(uncapped.JoulesPerRequest));
        Assert.That(swept.JoulesPerToken, Is.EqualTo(swept.JoulesPerRequest / 2000).Within(1e-12));
    }

    [Test]
    public void Watts_besides_the_board_move_the_best_cap_up() =>
        Assert.That(
            Tests.Planning.Problems.Feasible(Scarce(nonGpuWattsPerGpu: 600)).PrefillCapWatts,
            Is.GreaterThan(Tests.Planning.Problems.Feasible(Scarce(nonGpuWattsPerGpu: 0)).PrefillCapWatts));

    [Test]
    public void A_side_of_unknown_power_has_no_grid()
    {
        var model = new GridModel(new GridStep(50, null, 2), [new GridStep(10, 500, 2)], 700, 2_000);
        var plan = Tests.Planning.Problems.Feasible(Scarce(0).WithModel(model));

        Assert.That(plan.PrefillCapWatts, Is.EqualTo(700));
        Assert.That(plan.PrefillCapProvenance, Is.Null);
    }

    [Test]
    public void A_measured_curve_replaces_the_model_and_is_named_as_the_source()
    {
        var flat = new CapCurve([new CapCurvePoint(300, 1), new CapCurvePoint(700, 1)]);
        var problem = Scarce(0) with { CapGrid = new CapGrid { Scaling = new PowerScalingOptions { PrefillCurve = flat, DecodeCurve = flat } } };
        var plan = Tests.Planning.Problems.Feasible(problem);

        Assert.That((plan.PrefillCapWatts, plan.DecodeCapWatts), Is.EqualTo((300, 300)), "a cap that costs nothing is as low as it was measured");
        Assert.That(plan.PrefillCapProvenance, Is.EqualTo(Provenance.Measured));
    }

    [Test]
    public void A_grid_is_refused_on_models_that_cannot_answer_and_by_the_greedy_policy()
    {
        var grid = Scarce(0);

        Assert.That(() => Planner.Plan(grid.WithModel(new FixedPerformanceModel(50, 10, 100_000))), Throws.ArgumentException.With.Message.Contains("FixedPerformanceModel"));
        Assert.That(() => Planner.Plan(grid with { ReplicaPolicy = ReplicaPolicy.DecodeFirst }), Throws.ArgumentException.With.Message.Contains("DecodeFirst"));
        Assert.That(() => Planner.Plan(grid with { CapGrid = new CapGrid { StepWatts = 0 } }), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("CapGrid.StepWatts"));
    }

    [Test]
    public void The_answer_at_a_capped_plan_is_the_plans_own_and_no_coefficient_moves_its_cap()
    {
        var problem = Scarce(0) with { Corrections = Corrections.None with { PowerPrefill = 1.2, PowerDecode = 1.1 } };
        var prepared = Planner.Prepare(problem);
        var plan = prepared.Plan().Plan!;
        var answer = prepared.AnswerAt(plan, problem.Limits)!.Value;

        Assert.That(plan.PrefillCapProvenance, Is.Not.Null);
        Assert.That(answer.TtftMs, Is.EqualTo(plan.TtftMs).Within(1e-9));
        Assert.That(answer.ItlMs, Is.EqualTo(plan.ItlMs).Within(1e-9));
        Assert.That(answer.CapsUnder(problem.Limits, Corrections.None with { PowerPrefill = 1.5 }).PrefillWatts, Is.EqualTo(plan.PrefillCapWatts));
    }

    private static PlanningProblem Scarce(int nonGpuWattsPerGpu) => new()
    {
        Isl = 1000,
        Osl = 1000,
        TtftTargetMs = 1000,
        ItlTargetMs = 100,
        PrefillEngine = new PlanningEngine(Model(), new EngineLayout(1)),
        DecodeEngine = new PlanningEngine(Model(), new EngineLayout(1)),
        Limits = new PlanningLimits { BudgetWatts = 100_000, PrefillCapLimits = new GpuPowerLimits(200, 700), DecodeCapLimits = new GpuPowerLimits(200, 700) },
        NonGpuWattsPerGpu = nonGpuWattsPerGpu,
        CapGrid = new CapGrid(),
    };

    private static GridModel Model() => new(new GridStep(100, 680, 1.95), [.. Enumerable.Range(1, 20).Select(batch => new GridStep(10 + (0.2 * batch), 400 + (5 * batch), batch / 20.0))], 700, 40_000);

    internal static PlanningProblem Create(int seed)
    {
        var random = new Random(seed);
        var problem = RandomProblems.Create(seed) with { ReplicaPolicy = ReplicaPolicy.RateMatched, Batches = BatchPolicy.All, MaxBatch = random.Next(3) == 0 ? random.Next(1, 5) : null };
        var (prefill, decode) = (Model(random, problem), Model(random, problem));
        var curve = random.Next(3) switch
        {
            0 => new CapCurve([new CapCurvePoint(random.Next(100, 150), 1 + random.NextDouble()), new CapCurvePoint(220, 1 + (0.3 * random.NextDouble())), new CapCurvePoint(300, 1)]),
            _ => null,
        };
        problem = problem with
        {
            MaxReplicas = 3 + random.Next(2),
            Objective = problem.ReplicaPolicy == ReplicaPolicy.DecodeFirst ? PlanningObjective.Throughput : problem.Objective,
            PrefillEngine = problem.PrefillEngine is { } p ? p with { Model = prefill } : null,
            DecodeEngine = problem.DecodeEngine is { } d ? d with { Model = decode } : null,
            AggregatedEngine = problem.AggregatedEngine is { } a ? a with { Model = decode } : null,
            NameplateWatts = random.Next(4) == 0 ? 300 : null,
            CapGrid = new CapGrid { StepWatts = random.Next(20, 70), Scaling = new PowerScalingOptions { PrefillCurve = curve, DecodeCurve = random.Next(2) == 0 ? curve : null } },
        };
        return random.Next(4) == 0 ? problem.WithChargeFloors(seed) : problem;
    }

    private static GridModel Model(Random random, PlanningProblem problem)
    {
        double? Power() => random.Next(8) == 0 ? null : 120 + (200 * random.NextDouble());
        double Ratio() => Math.Pow(10, (3 * random.NextDouble()) - 1.5);
        var decode = Enumerable.Range(1, random.Next(1, 5)).Select(batch => new GridStep(10 + (batch * 3 * random.NextDouble()), Power(), Ratio())).ToArray();
        return new GridModel(new GridStep(10 + (10 * random.NextDouble()), Power(), Ratio()), decode, random.Next(8) == 0 ? null : 280, (long)decode.Length * (problem.Isl + problem.Osl));
    }
}
