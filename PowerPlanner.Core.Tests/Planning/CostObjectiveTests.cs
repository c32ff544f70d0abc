using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Planning;

/// <summary>Least cost, and what plans say of theirs.</summary>
internal sealed class CostObjectiveTests
{
    private const double SameCost = 1e-12;

    [Test]
    public void The_least_cost_is_the_one_that_enumeration_finds() => Compare(RandomProblems.Create, problems: 12_000);

    [Test]
    public void The_least_cost_over_caps_is_the_one_that_enumeration_finds() => Compare(CapGridSearchTests.Create, problems: 2_000);

    [Test]
    public void No_plan_of_another_objective_that_serves_the_demand_costs_less()
    {
        for (var seed = 0; seed < 3_000; seed++)
        {
            var problem = Priced(RandomProblems.Create(seed), seed, hasDemand: true);
            if (Planner.Plan(problem).Plan is { } least && Planner.Plan(problem with { Objective = PlanningObjective.Throughput }).Plan is { } other)
            {
                Assert.That(least.Cost!.MostPerHour!.Value, Is.LessThanOrEqualTo(other.Cost!.MostPerHour!.Value), $"seed {seed}");
            }
        }
    }

    [Test]
    public void Costs_and_emissions_follow_from_prices_and_energy()
    {
        // 5.6 kW and 280 J a request of 1,200 tokens; a kWh costs 0.25 and 400 g at 100 a tonne.
        var cost = Problems.Feasible(Problems.Unit() with { EnergyPrice = new EnergyPrice { ElectricityPerKwh = 0.25, CarbonGramsPerKwh = 400, CarbonPerTonne = 100 } }).Cost!;

        Assert.That(
            new[] { cost.PerHour, cost.MostPerHour, cost.PerRequest, cost.PerMillionTokens, cost.CarbonGramsPerRequest, cost.CarbonGramsPerHour },
            Is.EqualTo(new double?[] { 1.624, 1.624, 280 / 3.6e6 * 0.29, 280 / 3.6e6 * 0.29 / 1200 * 1e6, 280 / 3.6e6 * 400, 2240 }).Within(1e-12).Percent);
    }

    [Test]
    public void Watts_that_a_GPU_brings_besides_its_board_cost_too()
    {
        var price = new EnergyPrice { ElectricityPerKwh = 0.25 };
        var bare = Problems.Feasible(Problems.Unit() with { EnergyPrice = price, MaxReplicas = 1 }).Cost!;
        var whole = Problems.Feasible(Problems.Unit() with { EnergyPrice = price, MaxReplicas = 1, NonGpuWattsPerGpu = 100 }).Cost!;

        Assert.That((whole.PerHour, whole.MostPerHour), Is.EqualTo((bare.PerHour + 0.4, bare.MostPerHour + 0.4)).Within(1e-9));
    }

    [Test]
    public void A_cap_above_the_draw_costs_at_most_its_own_watts()
    {
        // The hardware's minimum is 350 W, decode draws 300 W.
        var problem = Problems.Unit() with { EnergyPrice = new EnergyPrice { ElectricityPerKwh = 1 }, Limits = new PlanningLimits { BudgetWatts = 8000, DecodeCapLimits = new(350, 700) } };

        var cost = Problems.Feasible(problem).Cost!;

        Assert.That((cost.PerHour, cost.MostPerHour), Is.EqualTo((5.6, 6.0)).Within(1e-9));
    }

    [Test]
    public void What_is_not_known_is_absent()
    {
        var nothing = Problems.Feasible(Problems.Unit()).Cost;
        var emissions = Problems.Feasible(Problems.Unit() with { EnergyPrice = new EnergyPrice { CarbonGramsPerKwh = 400 } }).Cost!;
        var electricity = Problems.Feasible(Problems.Unit() with { EnergyPrice = new EnergyPrice { ElectricityPerKwh = 0 } }).Cost!;

        Assert.That(nothing, Is.Null);
        Assert.That((emissions.PerHour, emissions.MostPerHour, emissions.PerRequest, emissions.PerMillionTokens), Is.EqualTo(((double?)null, (double?)null, (double?)null, (double?)null)));
        Assert.That(emissions.CarbonGramsPerHour, Is.EqualTo(2240).Within(1e-9));
        Assert.That((electricity.PerHour, electricity.CarbonGramsPerRequest), Is.EqualTo(((double?)0, (double?)null)));
    }

    [Test]
    public void A_demand_out_of_reach_is_told_as_for_least_power()
    {
        var problem = Problems.Unit() with { TargetRequestsPerSecond = 1000, EnergyPrice = new EnergyPrice { ElectricityPerKwh = 0.2 } };

        var cost = Planner.Plan(problem with { Objective = PlanningObjective.Cost });
        var power = Planner.Plan(problem with { Objective = PlanningObjective.LeastPower });

        Assert.That((cost.Reason, cost.Detail, cost.MinimumBudgetWatts, cost.MinimumGpus), Is.EqualTo((power.Reason, power.Detail, power.MinimumBudgetWatts, power.MinimumGpus)));
    }

    private static void Compare(Func<int, PlanningProblem> create, int problems)
    {
        var (found, served) = (0, 0);
        for (var seed = 0; seed < problems; seed++)
        {
            var problem = Priced(create(seed), seed, hasDemand: seed % 2 == 0);
            var expected = BruteForcePlanner.Plan(problem);
            var actual = Planner.Plan(problem);
            if (ExactSearchTests.Difference(expected, actual) is { } difference)
            {
                Assert.Fail($"Seed {seed}: {difference}\nexpected {expected}\nactual {actual}\n{problem}");
            }

            if (actual.Plan is { } plan)
            {
                found++;
                served += problem.TargetRequestsPerSecond is null ? 0 : 1;
                Assert.That(plan.Cost!.MostPerHour!.Value, Is.EqualTo(BruteForcePlanner.CostPerHour(problem, expected.Plan!)).Within(100 * SameCost).Percent, $"seed {seed}");
            }
        }

        Assert.That(found - served, Is.GreaterThan(problems / 10));
        Assert.That(served, Is.GreaterThan(problems / 20));
    }

    private static PlanningProblem Priced(PlanningProblem problem, int seed, bool hasDemand)
    {
        var random = new Random(seed);
        var hasElectricity = random.Next(4) > 0;
        return problem with
        {
            Objective = PlanningObjective.Cost,
            ReplicaPolicy = ReplicaPolicy.RateMatched,
            TargetRequestsPerSecond = hasDemand ? new[] { 10.0, 25, 50, 100, 200, 400 }[random.Next(6)] : null,
            EnergyPrice = new EnergyPrice
            {
                ElectricityPerKwh = hasElectricity ? 0.01 + random.NextDouble() : null,
                CarbonGramsPerKwh = random.Next(10, 900),
                CarbonPerTonne = hasElectricity && random.Next(2) == 0 ? null : random.Next(1, 200),
            },
        };
    }
}
