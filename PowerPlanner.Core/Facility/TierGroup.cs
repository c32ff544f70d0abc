namespace PowerPlanner.Facility;

/// <summary>Deployments of a tier that a search cannot tell apart.</summary>
/// <param name="Choices">What each of them may be given.</param>
/// <param name="Members">Their places in the tier, ascending.</param>
internal sealed record TierGroup(FacilityChoices Choices, int[] Members)
{
    /// <summary>In the order of their first members.</summary>
    public static TierGroup[] Of(FacilityChoices[] choices) =>
        [.. Enumerable.Range(0, choices.Length).GroupBy(i => choices[i]).Select(group => new TierGroup(group.Key, [.. group]))];
}
