using PowerPlanner.Facility;
using PowerPlanner.Planning;

namespace PowerPlanner.Benchmarks.Facility;

/// <summary>
/// Deployments with frontiers of 20 points, and half the watts that all of them could use. Watts are whole kilowatts, which nothing in the division uses: the
/// straightforward program over watts would take minutes at 1 W.
/// </summary>
internal static class Deployments
{
    public const int WattUnit = 1_000;

    private const int Points = 20;

    public static FacilityDeployment[] Distinct(int count)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(i => new FacilityDeployment($"d{i}", Frontier(random)))];
    }

    public static FacilityDeployment[] Identical(int count)
    {
        var frontier = Frontier(new Random(7));
        return [.. Enumerable.Range(0, count).Select(i => new FacilityDeployment($"d{i}", frontier))];
    }

    public static long HalfOf(FacilityDeployment[] deployments) => deployments.Sum(own => own.Frontier[^1].TotalWatts) / WattUnit / 2 * WattUnit;

    /// <summary>A ratio means something only where both sides find as good a division.</summary>
    public static void CheckAgainstProgram(FacilityDeployment[] deployments, long budgetWatts)
    {
        var answer = FacilityDivision.Divide(deployments, budgetWatts);
        var value = answer.Shares.Sum(share => share.ThroughputRequestsPerSecond);
        var best = WattProgram.Best(deployments, budgetWatts);
        if (!answer.IsExact || Math.Abs(value - best) > 1e-9 * best)
        {
            throw new InvalidOperationException($"The program over watts serves {best} requests/s, the division {value}.");
        }
    }

    private static FrontierPoint[] Frontier(Random random)
    {
        var points = new FrontierPoint[Points];
        var (watts, throughput) = (0L, 0.0);
        for (var i = 0; i < points.Length; i++)
        {
            watts += random.Next(1, 13) * WattUnit;
            throughput += 0.1 + random.NextDouble();
            points[i] = new FrontierPoint(watts, 1, throughput, 1, 1, 100, 100, 1);
        }

        return points;
    }
}
