namespace PowerPlanner.Facility;

/// <summary>The way from the shares in force to new ones: every fall before any rise.</summary>
public static class FacilityTransition
{
    /// <summary>
    /// The shares to order now, W. While any share in force lies above its target: falls only, the others stay. Then the targets. Ask again
    /// with what is confirmed to be in force. In whatever order the shares of one answer take effect, the sum in force falls or fits the budget.
    /// </summary>
    /// <param name="inForceWatts">Shares confirmed in force, W, at least 0.</param>
    /// <param name="targetWatts">Their targets, W, at least 0, in the same order; their sum fits the budget.</param>
    /// <param name="budgetWatts">Budget, W.</param>
    /// <exception cref="ArgumentException">Unequal counts, a negative share, or targets above the budget.</exception>
    /// <exception cref="OverflowException">The targets sum above the range of a 64-bit integer.</exception>
    public static IReadOnlyList<long> Next(IReadOnlyList<long> inForceWatts, IReadOnlyList<long> targetWatts, long budgetWatts)
    {
        ArgumentNullException.ThrowIfNull(inForceWatts);
        ArgumentNullException.ThrowIfNull(targetWatts);
        if (inForceWatts.Count != targetWatts.Count)
        {
            throw new ArgumentException($"targetWatts has {targetWatts.Count} shares; it must have as many as inForceWatts, {inForceWatts.Count}.", nameof(targetWatts));
        }

        long sum = 0;
        var falls = false;
        for (var i = 0; i < targetWatts.Count; i++)
        {
            if (targetWatts[i] < 0 || inForceWatts[i] < 0)
            {
                throw new ArgumentException($"Share {i} is {inForceWatts[i]} W in force, {targetWatts[i]} W as target; both must be at least 0.", nameof(targetWatts));
            }

            sum = checked(sum + targetWatts[i]);
            falls |= targetWatts[i] < inForceWatts[i];
        }

        if (sum > budgetWatts)
        {
            throw new ArgumentException($"targetWatts sum to {sum} W; they must fit budgetWatts, {budgetWatts} W.", nameof(targetWatts));
        }

        var next = new long[targetWatts.Count];
        for (var i = 0; i < next.Length; i++)
        {
            next[i] = falls ? Math.Min(inForceWatts[i], targetWatts[i]) : targetWatts[i];
        }

        return next;
    }
}
