namespace PowerPlanner.Feedback;

/// <summary>
/// When a side's caps or replicas last changed, as confirmed: the four newest instants. Four, because a window that ends up to three ticks ago
/// (the default freshness bound) may have been followed by a change on each of them, and still straddle the one before.
/// </summary>
/// <param name="Newest">The newest change; null = none yet.</param>
/// <param name="Second">The one before.</param>
/// <param name="Third">The one before that.</param>
/// <param name="Fourth">The oldest that is remembered.</param>
internal readonly record struct SideChanges(TimeSpan? Newest, TimeSpan? Second, TimeSpan? Third, TimeSpan? Fourth)
{
    /// <summary>With one more change. Several at one instant are one.</summary>
    /// <param name="confirmedAt">When it was confirmed.</param>
    public SideChanges Add(TimeSpan confirmedAt) => Newest == confirmedAt ? this : new SideChanges(confirmedAt, Newest, Second, Third);

    /// <summary>Whether the window mixes two states of the side: it teaches that side nothing (neither power nor latency).</summary>
    public bool AreStraddledBy(in ObservationWindow window) =>
        (Newest is { } first && window.Straddles(first))
        || (Second is { } second && window.Straddles(second))
        || (Third is { } third && window.Straddles(third))
        || (Fourth is { } fourth && window.Straddles(fourth));
}
