using PowerPlanner.Facility;

namespace PowerPlanner.Tests.Facility;

/// <summary>The oracle of a division: every choice of every deployment, tried.</summary>
internal static class AllDivisions
{
    /// <summary>
    /// The best that the tiers 2, 1 and 0 can have, value before the value of lower tiers; and what they draw then, where of equal values
    /// each tier takes the least. Null where the floors do not fit.
    /// </summary>
    public static TierTotals? Best(FacilityDeployment[] deployments, long budget)
    {
        TierTotals? most = null;
        TierTotals? least = null;
        var shares = new FacilityShare[deployments.Length];
        Try(0, budget);
        return most is { } value ? value with { Watts = least!.Value.Watts } : null;

        void Try(int i, long left)
        {
            if (left < 0)
            {
                return;
            }

            if (i == shares.Length)
            {
                var own = TierTotals.Of(deployments, shares);
                most = most is { } other && !own.IsBetter(other, byWatts: false) ? other : own;
                least = least is { } lighter && !own.IsBetter(lighter, byWatts: true) ? lighter : own;
                return;
            }

            foreach (var (watts, served) in deployments[i].Frontier.Select(p => (p.TotalWatts, p.ThroughputRequestsPerSecond)).Prepend((0L, 0.0)))
            {
                if (watts >= deployments[i].FloorWatts && served >= deployments[i].FloorRequestsPerSecond)
                {
                    shares[i] = new FacilityShare(deployments[i].Name, watts, served);
                    Try(i + 1, left - watts);
                }
            }
        }
    }
}
