using CsCheck;
using PowerPlanner.Facility;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Facility;

/// <summary>Dividing one budget among deployments.</summary>
internal sealed class FacilityDivisionTests
{
    private static readonly Gen<FacilityDeployment> GenDistinct = Gen.Select(
        Gen.Select(Gen.Int[1, 40], Gen.Double[0.1, 5]).List[1, 4], Gen.Double[0.1, 3], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 40],
        (steps, weight, priority, floorKind, floor) => Deployment("x", [.. steps]) with { Weight = weight, Priority = priority, FloorWatts = floorKind == 1 ? floor : 0, FloorRequestsPerSecond = floorKind == 2 ? floor / 20.0 : 0 });

    // Few values: many divisions tie.
    private static readonly Gen<FacilityDeployment> GenTying = Gen.Select(
        Gen.Select(Gen.Int[1, 6], Gen.Int[1, 3]).List[1, 3], Gen.Int[1, 2], Gen.Int[0, 2], Gen.Int[0, 4],
        (steps, weight, priority, floor) => Deployment("x", [.. steps.Select(step => (step.Item1, (double)step.Item2))]) with { Weight = weight, Priority = priority, FloorWatts = Math.Max(0, floor - 2) });

    private static readonly Gen<FacilityDeployment[]> GenDeployments = Gen.OneOf(
        GenDistinct.List[0, 5].Select(list => list.ToArray()),
        GenTying.List[0, 6].Select(list => list.ToArray()),
        Gen.Select(Gen.OneOf(GenDistinct, GenTying), GenTying.List[0, 2], Gen.Int[2, 5], (twin, others, count) => Enumerable.Repeat(twin, count).Concat(others).ToArray()));

    [Test]
    public void A_division_is_as_good_as_the_best_of_all_in_every_tier_and_draws_least() => Gen.Select(GenDeployments, Gen.Int[0, 1_000]).Holds(
        (list, budgetShare) =>
        {
            var deployments = list.Select((own, i) => own with { Name = $"d{i}" }).ToArray();
            var budget = deployments.Sum(own => own.Frontier[^1].TotalWatts) * budgetShare / 900;
            var answer = FacilityDivision.Divide(deployments, budget);
            if (AllDivisions.Best(deployments, budget) is not { } best)
            {
                return !answer.IsFeasible && (answer.LeastWatts is null || (answer.LeastWatts > budget && AllDivisions.Best(deployments, answer.LeastWatts.Value) is not null));
            }

            return answer.IsFeasible && answer.IsExact && answer.LargestGap == 0 && best.IsMatchedBy(TierTotals.Of(deployments, answer.Shares));
        },
        iter: 6_000);

    [Test]
    public void A_search_cut_short_keeps_the_budget_and_states_a_gap_that_covers_the_optimum()
    {
        var cuts = 0;
        Gen.Select(GenDistinct.List[4, 6], Gen.Int[100, 900], Gen.Int[0, 60]).Holds(
            (list, budgetShare, effort) =>
            {
                var deployments = list.Select((own, i) => own with { Name = $"d{i}", Priority = 0, FloorWatts = 0, FloorRequestsPerSecond = 0 }).ToArray();
                var budget = deployments.Sum(own => own.Frontier[^1].TotalWatts) * budgetShare / 1_000;
                var answer = FacilityDivision.Divide(deployments, budget, effort);
                var got = TierTotals.Of(deployments, answer.Shares);
                var best = AllDivisions.Best(deployments, budget)!.Value;
                Interlocked.Add(ref cuts, answer.IsExact ? 0 : 1);
                return got.Watts.Low <= budget && got.Value.Low <= best.Value.Low + 1e-9 && best.Value.Low <= got.Value.Low + answer.LargestGap + 1e-9
                    && answer.IsExact == (answer.LargestGap == 0);
            },
            iter: 1_000);
        Assert.That(cuts, Is.GreaterThan(100), "The test must meet cut searches.");
    }

    [Test]
    public void A_tier_that_could_draw_less_for_as_much_leaves_the_watts_to_the_tier_below()
    {
        FacilityDeployment[] deployments =
        [
            Deployment("a", (10, 1), (30, 1)) with { Priority = 1 },
            Deployment("b", (30, 2)) with { Priority = 1 },
            Deployment("c", (10, 1)),
        ];

        Assert.That(FacilityDivision.Divide(deployments, 40).Shares.Select(share => share.Watts), Is.EqualTo(new long[] { 10, 30, 0 }));
        Assert.That(FacilityDivision.Divide(deployments, 45).Shares.Select(share => share.Watts), Is.EqualTo(new long[] { 10, 30, 0 }));
        Assert.That(FacilityDivision.Divide(deployments, 50).Shares.Select(share => share.Watts), Is.EqualTo(new long[] { 10, 30, 10 }));
    }

    [Test]
    public void A_thousand_replicas_of_one_deployment_are_divided_exactly()
    {
        var random = new Random(7);
        var steps = Enumerable.Range(0, 20).Select(_ => (random.Next(700, 12_000), 0.1 + random.NextDouble())).ToArray();
        var deployments = Enumerable.Range(0, 1_000).Select(i => Deployment($"d{i}", steps)).ToArray();
        var all = deployments.Sum(own => own.Frontier[^1].TotalWatts);
        for (var share = 1; share < 20; share++)
        {
            var budget = (all * share / 20) + share;
            var answer = FacilityDivision.Divide(deployments, budget);

            Assert.That(answer.IsExact, Is.True, $"{share}/20 of the watts");
            Assert.That(answer.Shares.Sum(own => own.Watts), Is.LessThanOrEqualTo(budget));
            Assert.That(answer.Shares.Select(own => own.Watts), Is.Ordered.Descending, "Identical deployments are served in their order.");
        }
    }

    [Test]
    public void A_thousand_aggregated_deployments_of_two_kinds_are_divided_exactly()
    {
        // Frontiers of one kind of replica are straight: every watt is worth the same.
        var one = Enumerable.Repeat((5_592, 12.3), 12).ToArray();
        var other = Enumerable.Repeat((4_801, 10.1), 15).ToArray();
        var deployments = Enumerable.Range(0, 1_000).Select(i => Deployment($"d{i}", i % 2 == 0 ? one : other)).ToArray();
        var all = deployments.Sum(own => own.Frontier[^1].TotalWatts);
        for (var share = 1; share < 20; share++)
        {
            Assert.That(FacilityDivision.Divide(deployments, (all * share / 20) + share).IsExact, Is.True, $"{share}/20 of the watts");
        }
    }

    [Test]
    public void A_thousand_distinct_deployments_are_divided_exactly()
    {
        var random = new Random(7);
        var deployments = Enumerable.Range(0, 1_000).Select(i => Deployment($"d{i}", [.. Enumerable.Range(0, 20).Select(_ => (random.Next(700, 12_000), 0.1 + random.NextDouble()))])).ToArray();
        var budget = deployments.Sum(own => own.Frontier[^1].TotalWatts) / 2;
        var answer = FacilityDivision.Divide(deployments, budget);

        Assert.That(answer.Shares.Sum(share => share.Watts), Is.LessThanOrEqualTo(budget));
        Assert.That(answer.IsExact, Is.True);
    }

    [Test]
    public void Too_small_a_budget_names_the_least_that_would_do() =>
        Assert.That(FacilityDivision.Divide([Deployment("a", (10, 1), (10, 1)) with { FloorRequestsPerSecond = 1.5 }], 19).LeastWatts, Is.EqualTo(20));

    [Test]
    public void A_floor_above_the_frontier_names_the_deployment() =>
        Assert.That(FacilityDivision.Divide([Deployment("a", (10, 1)) with { FloorWatts = 11 }], 100).UnreachableFloor, Is.EqualTo("a"));

    [Test]
    public void A_frontier_that_does_not_rise_is_refused_by_name() =>
        Assert.That(() => FacilityDivision.Divide([Deployment("a", (10, 1), (0, 1))], 100), Throws.ArgumentException.With.Message.Contains("deployments[0].TotalWatts is 10"));

    private static FacilityDeployment Deployment(string name, params (int Watts, double Throughput)[] steps)
    {
        var points = new FrontierPoint[steps.Length];
        long watts = 0;
        double throughput = 0;
        for (var i = 0; i < steps.Length; i++)
        {
            (watts, throughput) = (watts + steps[i].Watts, throughput + steps[i].Throughput);
            points[i] = new FrontierPoint(watts, 1, throughput, 1, 1, 100, 100, 1);
        }

        return new FacilityDeployment(name, points);
    }
}
