namespace PowerPlanner.Power.Clamps;

/// <summary>How far two growing counts can go together inside a budget that what runs already fits.</summary>
internal static class ClosestPair
{
    /// <summary>
    /// The feasible pair closest to the proposal that moves only from what runs towards it. Closest: fewest replicas short of the
    /// proposal; then the smallest difference between the two roles' shares of their way; then the most progress; then fewer prefill
    /// replicas. Constant time: the pairs of one distance lie on a line, and along it the difference of shares has one valley.
    /// </summary>
    /// <param name="prefill">A role that does not shrink.</param>
    /// <param name="decode">A role that does not shrink.</param>
    /// <param name="budget">Watt budget; what runs fits.</param>
    public static (int Prefill, int Decode) Find(in Leg prefill, in Leg decode, long budget)
    {
        var slack = budget - (prefill.Current * prefill.Watts) - (decode.Current * decode.Watts);
        long prefillWay = prefill.Count - prefill.Current;
        long decodeWay = decode.Count - decode.Current;

        // The most steps: the cheaper role's first.
        var prefillFirst = prefill.Watts <= decode.Watts;
        var (cheapWay, cheapWatts, dearWay, dearWatts) = prefillFirst
            ? (prefillWay, prefill.Watts, decodeWay, decode.Watts)
            : (decodeWay, decode.Watts, prefillWay, prefill.Watts);
        var cheapSteps = Affordable(cheapWay, cheapWatts, slack);
        var dearSteps = Affordable(dearWay, dearWatts, slack - (cheapSteps * cheapWatts));
        var steps = cheapSteps + dearSteps;

        // Of these steps the dear role may take as many as the slack pays for instead of cheap ones.
        var mostDear = Math.Min(dearWay, steps);
        if (dearWatts > cheapWatts)
        {
            mostDear = Math.Min(mostDear, (slack - (steps * cheapWatts)) / (dearWatts - cheapWatts));
        }

        var leastDear = steps - Math.Min(cheapWay, steps);
        var (least, most) = prefillFirst ? (steps - mostDear, steps - leastDear) : (leastDear, mostDear);

        // Equal shares at steps · way / (sum of ways); the best whole number is one of its two neighbours, or an end.
        var ways = prefillWay + decodeWay;
        var balanced = ways == 0 ? 0 : (long)((Int128)steps * prefillWay / ways);
        var low = Math.Clamp(balanced, least, most);
        var high = Math.Clamp(balanced + 1, least, most);
        var moved = IsBetter(high, low, steps, prefillWay, decodeWay) ? high : low;
        return (prefill.Current + (int)moved, decode.Current + (int)(steps - moved));
    }

    private static long Affordable(long way, long watts, long slack) => watts == 0 ? way : Math.Min(way, slack / watts);

    // Shares moved/prefillWay and (steps − moved)/decodeWay, both times the product of the ways: whole numbers below 2^62.
    private static bool IsBetter(long candidate, long incumbent, long steps, long prefillWay, long decodeWay)
    {
        var candidateSkew = Math.Abs((candidate * decodeWay) - ((steps - candidate) * prefillWay));
        var incumbentSkew = Math.Abs((incumbent * decodeWay) - ((steps - incumbent) * prefillWay));
        if (candidateSkew != incumbentSkew)
        {
            return candidateSkew < incumbentSkew;
        }

        // At equal skew, more of the role with the shorter way is more progress. Fewer prefill replicas otherwise: the incumbent is lower.
        return (candidate - incumbent) * (decodeWay - prefillWay) > 0;
    }
}
