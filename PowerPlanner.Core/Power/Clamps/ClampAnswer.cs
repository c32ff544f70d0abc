namespace PowerPlanner.Power.Clamps;

/// <summary>The counts that may be applied.</summary>
/// <param name="Prefill">Prefill replicas; null where nothing was proposed.</param>
/// <param name="Decode">Decode replicas; null where nothing was proposed.</param>
/// <param name="Reason">Why the counts differ from the proposal.</param>
/// <param name="ProjectedWatts">Watts once the counts are reached; a role without a proposal counts with what runs.</param>
/// <param name="PeakWatts">
/// The most that can be drawn on the way there: each role at the larger of what runs and what comes, W. Above the budget only where what
/// runs is above it, or under <see cref="ClampPolicy.Pair"/>, which does not look.
/// </param>
public readonly record struct ClampAnswer(int? Prefill, int? Decode, ClampReason Reason, long ProjectedWatts, long PeakWatts);
