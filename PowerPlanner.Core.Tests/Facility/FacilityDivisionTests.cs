using CsCheck;
using PowerPlanner.Facility;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Facility;

/// <summary>Dividing one budget among deployments.</summary>
internal sealed class FacilityDivisionTests
{
    private static readonly Gen<FacilityDeployment> GenDeployment = Gen.Select(
        Gen.Select(Gen.Int[1, 40], Gen.Double[0.1, 5]).List[1, 4], Gen.Double[0.1, 3], Gen.Int[0, 1], Gen.Int[0, 2], Gen.Int[0, 40],
        (steps, weight, priority, floorKind, floor) => Deployment("x", [.. steps]) with { Weight = weight, Priority = priority, FloorWatts = floorKind == 1 ? floor : 0, FloorRequestsPerSecond = floorKind == 2 ? floor / 20.0 : 0 });

    [Test]
    public void A_division_is_as_good_as_the_best_of_all_in_every_tier() => Gen.Select(GenDeployment.List[0, 5], Gen.Int[0, 300]).Holds(
        (list, budget) =>
        {
            var deployments = list.Select((own, i) => own with { Name = $"d{i}" }).ToArray();
            var answer = FacilityDivision.Divide(deployments, budget);
            var best = BruteForce(deployments, budget);
            if (best is null)
            {
                return !answer.IsFeasible && (answer.LeastWatts is null || (answer.LeastWatts > budget && BruteForce(deployments, answer.LeastWatts.Value) is not null));
            }

            var got = Values(deployments, [.. answer.Shares.Select(share => share.ThroughputRequestsPerSecond)]);
            return answer.IsFeasible && answer.IsExact && answer.Shares.Sum(share => share.Watts) <= budget
                && Math.Abs(got.High - best.Value.High) < 1e-9 && Math.Abs(got.Low - best.Value.Low) < 1e-9;
        },
        iter: 6_000);

    [Test]
    public void A_thousand_deployments_are_divided_within_the_stated_gap()
    {
        var random = new Random(7);
        var deployments = Enumerable.Range(0, 1_000).Select(i => Deployment($"d{i}", [.. Enumerable.Range(0, 20).Select(_ => (random.Next(700, 12_000), 0.1 + random.NextDouble()))])).ToArray();
        var budget = deployments.Sum(own => own.Frontier[^1].TotalWatts) / 2;
        FacilityDivision.Divide(deployments, budget);
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        var answer = FacilityDivision.Divide(deployments, budget);
        TestContext.Out.WriteLine($"{System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms, gap {answer.LargestGap}, exact {answer.IsExact}");

        Assert.That(answer.Shares.Sum(share => share.Watts), Is.LessThanOrEqualTo(budget));
        Assert.That(answer.LargestGap, Is.LessThan(1e-3 * answer.Shares.Sum(share => share.ThroughputRequestsPerSecond)));
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

    private static (double High, double Low) Values(FacilityDeployment[] deployments, double[] served)
    {
        double high = 0, low = 0;
        for (var i = 0; i < deployments.Length; i++)
        {
            _ = deployments[i].Priority == 1 ? high += deployments[i].Weight * served[i] : low += deployments[i].Weight * served[i];
        }

        return (high, low);
    }

    private static (double High, double Low)? BruteForce(FacilityDeployment[] deployments, long budget)
    {
        (double High, double Low)? best = null;
        var served = new double[deployments.Length];
        Try(0, budget);
        return best;

        void Try(int i, long left)
        {
            if (left < 0)
            {
                return;
            }

            if (i == served.Length)
            {
                var own = Values(deployments, served);
                if (best is not { } b || own.High > b.High + 1e-10 || (own.High > b.High - 1e-10 && own.Low > b.Low))
                {
                    best = own;
                }

                return;
            }

            foreach (var (watts, throughput) in deployments[i].Frontier.Select(p => (p.TotalWatts, p.ThroughputRequestsPerSecond)).Prepend((0L, 0.0)))
            {
                if (watts >= deployments[i].FloorWatts && throughput >= deployments[i].FloorRequestsPerSecond)
                {
                    served[i] = throughput;
                    Try(i + 1, left - watts);
                }
            }
        }
    }
}
