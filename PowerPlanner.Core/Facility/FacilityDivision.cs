namespace PowerPlanner.Facility;

/// <summary>Divides one budget among deployments.</summary>
public static class FacilityDivision
{
    /// <summary>
    /// Reserves every floor, then serves tiers from the greatest priority down: each maximises its weighted throughput within what the
    /// tiers above left, the floors of the tiers below kept. Of a tier's equally good divisions (to a relative 1e-12) the one that draws
    /// least is taken, so that the tiers below get the most: the answer is the lexicographic optimum. A deployment without a floor may get
    /// nothing. Deployments with equal choices and weights are served in their order, the first most; they cost no more time than a few.
    /// </summary>
    /// <param name="deployments">Deployments; may be empty.</param>
    /// <param name="budgetWatts">Budget, W, at least 0.</param>
    /// <exception cref="ArgumentException">A deployment or its frontier is malformed; the message names it and the value.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A negative budget.</exception>
    /// <exception cref="OverflowException">The floors or the frontiers' ends sum above the range of a 64-bit integer.</exception>
    public static FacilityAnswer Divide(IReadOnlyList<FacilityDeployment> deployments, long budgetWatts) =>
        Divide(deployments, budgetWatts, TierSearch.DefaultEffort);

    /// <summary>As the public one, with an effort for each tier after which it settles for its gap.</summary>
    internal static FacilityAnswer Divide(IReadOnlyList<FacilityDeployment> deployments, long budgetWatts, long effort)
    {
        ArgumentNullException.ThrowIfNull(deployments);
        ArgumentOutOfRangeException.ThrowIfNegative(budgetWatts);
        FacilityValidation.Check(deployments);
        var choices = new FacilityChoices[deployments.Count];
        long floors = 0;
        long all = 0;
        for (var i = 0; i < choices.Length; i++)
        {
            if (FacilityChoices.Of(deployments[i]) is not { } own)
            {
                return new FacilityAnswer(false, false, [], null, deployments[i].Name, 0);
            }

            choices[i] = own;
            floors = checked(floors + own.Watts[0]);
            all = checked(all + own.Watts[^1]);
        }

        if (floors > budgetWatts)
        {
            return new FacilityAnswer(false, false, [], floors, null, 0);
        }

        var shares = new FacilityShare[choices.Length];
        var spare = Math.Min(budgetWatts, all) - floors;
        double largestGap = 0;
        var isExact = true;
        foreach (var tier in Enumerable.Range(0, choices.Length).GroupBy(i => deployments[i].Priority).OrderByDescending(group => group.Key))
        {
            var members = tier.ToArray();
            var own = Array.ConvertAll(members, i => choices[i]);
            var least = own.Sum(choice => choice.Watts[0]);
            var search = new TierSearch(own, spare + least, effort);
            isExact &= search.IsProven;
            largestGap = Math.Max(largestGap, search.Gap);
            spare += least;
            for (var k = 0; k < members.Length; k++)
            {
                var watts = own[k].Watts[search.Best[k]];
                spare -= watts;
                shares[members[k]] = new FacilityShare(deployments[members[k]].Name, watts, own[k].Throughputs[search.Best[k]]);
            }
        }

        return new FacilityAnswer(true, isExact, shares, floors, null, largestGap);
    }
}
