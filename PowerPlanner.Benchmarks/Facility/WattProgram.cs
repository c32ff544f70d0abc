using PowerPlanner.Facility;

namespace PowerPlanner.Benchmarks.Facility;

/// <summary>What one would write at first: dynamic programming over watts, deployment by deployment. It knows no floors, tiers or weights.</summary>
internal static class WattProgram
{
    /// <summary>The most that can be served within the budget, requests/s.</summary>
    public static double Best(FacilityDeployment[] deployments, long budgetWatts)
    {
        var units = (int)(budgetWatts / Deployments.WattUnit);
        var (served, next) = (new double[units + 1], new double[units + 1]);
        foreach (var deployment in deployments)
        {
            served.CopyTo(next, 0);
            foreach (var point in deployment.Frontier)
            {
                var own = (int)(point.TotalWatts / Deployments.WattUnit);
                for (var used = own; used <= units; used++)
                {
                    next[used] = Math.Max(next[used], served[used - own] + point.ThroughputRequestsPerSecond);
                }
            }

            (served, next) = (next, served);
        }

        return served[units];
    }
}
