namespace PowerPlanner.Power.Clamps;

/// <summary>Brings two counts into one budget, in proportion, never below their minima and never above what was asked.</summary>
internal static class ProportionalShrink
{
    /// <summary>
    /// The counts that fit. Prefill gets its share of the budget rounded down, decode whatever then remains. False where the minima do not
    /// fit: then both counts are 0, except where a count must not be changed.
    /// </summary>
    /// <param name="prefill">The prefill role.</param>
    /// <param name="decode">The decode role.</param>
    /// <param name="prefillCost">Budget that a prefill replica takes (watts or GPUs); 0 only for an absent role.</param>
    /// <param name="decodeCost">Budget that a decode replica takes.</param>
    /// <param name="budget">What both may take together; at least 0.</param>
    public static bool TryFit(in Leg prefill, in Leg decode, long prefillCost, long decodeCost, long budget, out int prefillCount, out int decodeCount)
    {
        prefillCount = prefill.Count;
        decodeCount = decode.Count;
        var asked = (prefill.Count * prefillCost) + (decode.Count * decodeCost);
        if (asked <= budget)
        {
            return true;
        }

        var decodeMinimumCost = decode.Minimum * decodeCost;
        if ((prefill.Minimum * prefillCost) + decodeMinimumCost > budget)
        {
            prefillCount = prefill.IsAdjustable ? 0 : prefill.Count;
            decodeCount = decode.IsAdjustable ? 0 : decode.Count;
            return false;
        }

        // A fixed role has its count for a minimum, so the general formula leaves it alone and gives the other one all the rest.
        if (prefillCost > 0)
        {
            var share = (long)((Int128)prefill.Count * budget / asked);
            prefillCount = (int)Math.Max(prefill.Minimum, Math.Min((budget - decodeMinimumCost) / prefillCost, share));
        }

        if (decodeCost > 0)
        {
            decodeCount = (int)Math.Max(decode.Minimum, Math.Min(decode.Count, (budget - (prefillCount * prefillCost)) / decodeCost));
        }

        return true;
    }
}
